#include "ttracerd/signals.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace ttq {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

/// The terminal to which it logs has gone, so nobody would hear of it any more; a daemon that logs
/// elsewhere has no terminal to lose, and is asked to read its configuration again.
Woken by_hangup() { return ::isatty(STDERR_FILENO) == 1 ? Woken::to_end : Woken::to_read_again; }

bool is_to_end() {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1;
}

}  // namespace

Signals::Signals() {
  sigemptyset(&awaited_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&awaited_, signal);
  pthread_sigmask(SIG_BLOCK, &awaited_, &before_);
}

void Signals::let_go() const { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

Woken Signals::await(Moment deadline) const {
  for (;;) {
    const auto left = std::max(nanoseconds(deadline - steady_clock::now()), nanoseconds(0));
    const timespec wait{.tv_sec = left.count() / 1'000'000'000,
                        .tv_nsec = left.count() % 1'000'000'000};
    const int signal = sigtimedwait(&awaited_, nullptr, &wait);
    if (signal > 0 && is_to_end()) return Woken::to_end;
    if (signal == SIGCHLD) return Woken::by_child;
    if (signal == SIGHUP) return by_hangup();
    if (signal > 0) return Woken::to_end;
    if (errno == EAGAIN) return Woken::by_time;  // EINTR: some other signal, so wait on
  }
}

}  // namespace ttq
