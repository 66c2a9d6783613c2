#include "ttracerd/signals.h"

#include <doctest/doctest.h>

using namespace ttq;
using namespace std::chrono_literals;

namespace {

/// Blocked for as long as a test wants them.
class Blocked {
 public:
  Blocked() = default;
  ~Blocked() { signals_.let_go(); }
  Blocked(const Blocked&) = delete;
  Blocked& operator=(const Blocked&) = delete;

  /// What has come by now.
  [[nodiscard]] Woken next() const { return signals_.await(std::chrono::steady_clock::now()); }

 private:
  Signals signals_;
};

}  // namespace

TEST_CASE("who is to end hears of that first, whatever else was asked before") {
  for (const int end : {SIGTERM, SIGINT}) {
    const Blocked blocked;
    for (const int signal : {SIGHUP, SIGCHLD, end}) ::raise(signal);
    CHECK(blocked.next() == Woken::to_end);
    while (blocked.next() != Woken::by_time) continue;
  }
}

TEST_CASE("a signal is taken once, however often it was sent, and then it waits for the time") {
  const Blocked blocked;
  for (int i = 0; i < 3; ++i) ::raise(SIGCHLD);
  CHECK(blocked.next() == Woken::by_child);
  CHECK(blocked.next() == Woken::by_time);
}

TEST_CASE("what was let go does by itself again what it did before") {
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_BLOCK, nullptr, &before);
  { const Blocked blocked; }
  pthread_sigmask(SIG_BLOCK, nullptr, &after);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) {
    CHECK(sigismember(&before, signal) == sigismember(&after, signal));
  }
}
