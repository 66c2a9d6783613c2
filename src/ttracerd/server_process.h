// The process that answers, as the collector's process sees it: forked, ready some time after, and
// ended at last.
//
// Between the two there is the relay's socket, one way, and a pipe on which the server says that it
// answers, and then that it has stored what it was first told: by one byte each, whose value nobody
// looks at. Nothing else ever comes back: it has none of our descriptors, and no part in memory
// that we share with the kernel.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>

#include "base/unique_fd.h"
#include "ttq/result.h"

namespace ttq {

/// The new process's ends.
struct ServerEnds {
  UniqueFd relay;  ///< SOCK_SEQPACKET, to read from
  UniqueFd signs;  ///< a pipe

  /// It answers. Once.
  void say_ready();
  /// What it was first told is in the store. Once, and after that; nothing can be said any more.
  void say_stored();
  [[nodiscard]] bool can_say() const { return static_cast<bool>(signs); }
};

class ServerProcess {
 public:
  /// Forks; the new process has no other descriptors than these and the standard ones and no memory
  /// in common with anybody, runs `body` and ends with the status that it returns. REQUIRES: no
  /// other thread, or none that does anything.
  static Result<ServerProcess> start(const std::function<int(ServerEnds)>& body);

  /// Our end of the relay, once.
  UniqueFd take_relay() { return std::move(relay_); }

  /// Done again and again, several times a second, while anything below waits.
  void meanwhile(std::function<void()> done) { meanwhile_ = std::move(done); }

  static constexpr std::chrono::milliseconds for_ever{-1};

  /// Waits until it answers; false: it has ended instead, or was ended, since it took longer.
  bool await_ready(std::chrono::milliseconds patience = for_ever);
  /// The latter.
  [[nodiscard]] bool was_too_slow() const { return was_too_slow_; }
  /// Waits until what it was told first is in the store; false: it is not yet, or has ended.
  bool await_stored(std::chrono::milliseconds patience);

  /// How it ended, as a shell says it (128 and the signal for one that was killed); none: it runs.
  std::optional<int> ended();

  /// Waits for its end; after so long it is killed.
  int await_end(std::chrono::milliseconds patience);

 private:
  ServerProcess(pid_t pid, UniqueFd relay, UniqueFd signs)
      : pid_(pid), relay_(std::move(relay)), signs_(std::move(signs)) {}

  enum class Sign { given, not_yet, never };
  [[nodiscard]] Sign await_sign(std::chrono::milliseconds patience) const;

  pid_t pid_;
  UniqueFd relay_;
  UniqueFd signs_;
  std::function<void()> meanwhile_ = [] {};
  std::optional<int> status_;
  bool was_too_slow_ = false;
};

}  // namespace ttq
