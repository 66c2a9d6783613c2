// TCP connections counted by flow in the kernel, as they open, fail and close
// (bpf/flow_events.bpf.c). No event comes here: what is read is one sum for each flow.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ttq/flow_events.h"
#include "ttq/result.h"

namespace ttq {

class FlowCounter {
 public:
  struct Room {
    std::uint32_t flows = 65'536;  ///< between two calls of take()
    /// For connections that have not stood at a look yet; a power of two. More cost more CPU.
    std::uint32_t places = 4'096;
  };
  /// Counts from now on what happens in our network namespace. Fault: this kernel does not allow
  /// it, or we were built without eBPF. The message says which.
  static Result<FlowCounter> attach(NetNs netns, const Room& room);
  FlowCounter(FlowCounter&&) noexcept;
  FlowCounter& operator=(FlowCounter&&) noexcept;
  FlowCounter(const FlowCounter&) = delete;
  FlowCounter& operator=(const FlowCounter&) = delete;
  ~FlowCounter();

  /// The connections and attempts that were seen opening, and that nobody has taken over before.
  struct Other {
    std::uint64_t cookie = 0;
    EventFlow flow;
    bool attempt = false;
  };
  struct Standing {
    std::vector<TakenOver> taken_over;
    std::vector<Other> others;  ///< are left to us
  };
  /// Takes over at most so many of those that a process holds: their end is told as such, and no
  /// longer as closed. What two calls have not met is forgotten.
  Result<Standing> take_over(std::size_t most);

  /// The flows to which anything has happened since the last call.
  Result<std::vector<FlowEvents>> take();

  /// Openings and endings that were not counted, for want of room; and at most so many more, of any
  /// network namespace, since the kernel was in the middle of another. Since the beginning.
  [[nodiscard]] std::uint64_t lost() const;

  /// Of the PID namespace that programs are told in.
  [[nodiscard]] std::uint32_t pid_level() const;

 private:
  class Kernel;
  explicit FlowCounter(std::unique_ptr<Kernel> kernel);

  std::unique_ptr<Kernel> kernel_;
};

}  // namespace ttq
