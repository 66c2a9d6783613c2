// The signals that a daemon waits for: SIGTERM and SIGINT, SIGHUP, and SIGCHLD.
//
// They are blocked, and taken when it asks for them. The kernel hands out the lowest number first
// (signal(7)), which is SIGHUP; here whoever wants the daemon to end comes first, so that no storm
// of reloads can keep it from that.
#pragma once

#include <chrono>
#include <csignal>

namespace ttq {

enum class Woken { by_time, by_child, to_read_again, to_end };

class Signals {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// Blocks them, for the threads and processes that are made from then on as well. REQUIRES: no
  /// other thread.
  Signals();

  /// As it was before: each does again what it does by itself, also if it has come meanwhile.
  void let_go() const;

  /// Until `deadline`, or one of them. A SIGHUP whose terminal has gone is one to end.
  [[nodiscard]] Woken await(Moment deadline) const;

 private:
  sigset_t awaited_{};
  sigset_t before_{};
};

}  // namespace ttq
