// UDP exchanges counted by flow in the kernel (bpf/udp_events.bpf.c): of sockets that are not
// connected, and of those that are gone before a look at all sockets has met them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "ttq/flow_events.h"
#include "ttq/result.h"

namespace ttq {

class UdpCounter {
 public:
  struct Scope {
    std::filesystem::path mounts = "/proc/mounts";
    std::uint32_t pid_level = 0;  ///< FlowCounter::pid_level()
    std::uint16_t first_ephemeral = 0;
    std::uint16_t last_ephemeral = 0;
    std::uint32_t max_flows = 16'384;      ///< between two calls of take()
    std::uint32_t max_exchanges = 16'384;  ///< beyond these the first datagram is forgotten
  };
  /// Counts from now on, in our network namespace. `older`: cookies of the sockets that are there
  /// already and are not connected, whose exchanges may be there as well. Fault: this kernel does
  /// not allow it, there is no such tree, or we were built without eBPF.
  static Result<UdpCounter> attach(const Scope& scope, std::span<const std::uint64_t> older);
  UdpCounter(UdpCounter&&) noexcept;
  UdpCounter& operator=(UdpCounter&&) noexcept;
  UdpCounter(const UdpCounter&) = delete;
  UdpCounter& operator=(const UdpCounter&) = delete;
  ~UdpCounter();

  /// False: those alone that belong to our container's control groups, and not to the host's.
  [[nodiscard]] bool sees_all() const;

  /// What there is to know of a connected socket, by its cookie.
  enum class Known {
    no,       ///< it was connected before us, or has just ended
    yes,      ///< and its exchange will be counted as it ends
    counted,  ///< its exchange was, before it was connected
  };
  /// From now on it is not counted as it ends, since looks have met it.
  Known leave_to_looks(std::uint64_t cookie);
  /// No look meets it any more.
  void forget(std::uint64_t cookie);

  /// The flows of which datagrams were sent or received since the last call. Where our own address
  /// is the wildcard, it is not known.
  Result<std::vector<FlowEvents>> take();

  /// Datagrams that were not counted, for want of room: since the beginning.
  [[nodiscard]] std::uint64_t lost() const;

 private:
  class Kernel;
  explicit UdpCounter(std::unique_ptr<Kernel> kernel);

  std::unique_ptr<Kernel> kernel_;
};

}  // namespace ttq
