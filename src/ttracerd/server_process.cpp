#include "ttracerd/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "base/child.h"
#include "confine/shared_memory.h"
#include "ttracerd/refusal.h"

namespace ttq {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// 15 characters at most (PR_SET_NAME); the graph shows the collector's, who is its parent.
constexpr const char* server_name = "ttracerd-server";

/// Between two looks at what is to be done meanwhile.
constexpr milliseconds slice{200};

/// Whatever else the collector has open (a probe, on a second start) is not for the server.
ServerEnds keep_only_descriptors(const UniqueFd& relay, const UniqueFd& signs) {
  const int first = STDERR_FILENO + 1;
  UniqueFd high_relay(::fcntl(relay.get(), F_DUPFD_CLOEXEC, first + 2));
  UniqueFd high_signs(::fcntl(signs.get(), F_DUPFD_CLOEXEC, first + 2));
  ::dup3(high_relay.get(), first, O_CLOEXEC);
  ::dup3(high_signs.get(), first + 1, O_CLOEXEC);
  // The rest is closed in one, whoever owned it in the process that we were.
  [[maybe_unused]] const int closed = high_relay.release() + high_signs.release();
  ::close_range(static_cast<unsigned>(first + 2), ~0U, 0);
  return {UniqueFd(first), UniqueFd(first + 1)};
}

}  // namespace

void ServerEnds::say_ready() { [[maybe_unused]] const auto written = ::write(signs.get(), "", 1); }

void ServerEnds::say_stored() {
  say_ready();
  signs.reset();
}

Result<ServerProcess> ServerProcess::start(const std::function<int(ServerEnds)>& body) {
  std::array<int, 2> relay{};
  std::array<int, 2> signs{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, relay.data()) != 0) {
    return errno_fault("socketpair");
  }
  UniqueFd ours(relay[0]);
  UniqueFd theirs(relay[1]);
  if (::pipe2(signs.data(), O_CLOEXEC) != 0) return errno_fault("pipe");
  UniqueFd signs_here(signs[0]);
  UniqueFd signs_there(signs[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return errno_fault("fork");
  if (pid > 0) return ServerProcess(pid, std::move(ours), std::move(signs_here));
  ::prctl(PR_SET_NAME, server_name);
  if (auto dropped = drop_shared_memory(); !dropped) std::exit(refuse(dropped.error()));
  std::exit(body(keep_only_descriptors(theirs, signs_there)));
}

ServerProcess::Sign ServerProcess::await_sign(milliseconds patience) const {
  pollfd sign{.fd = signs_.get(), .events = POLLIN, .revents = 0};
  const auto deadline = steady_clock::now() + patience;
  for (;;) {
    meanwhile_();
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    const auto wait = patience < milliseconds(0) ? slice : std::clamp(left, milliseconds(0), slice);
    if (::poll(&sign, 1, static_cast<int>(wait.count())) > 0) break;
    if (wait == milliseconds(0)) return Sign::not_yet;
  }
  char byte = 0;
  return ::read(signs_.get(), &byte, 1) == 1 ? Sign::given : Sign::never;
}

bool ServerProcess::await_ready(milliseconds patience) {
  const Sign sign = await_sign(patience);
  if (sign == Sign::given) return true;
  was_too_slow_ = sign == Sign::not_yet;
  await_end(was_too_slow_ ? milliseconds(0) : milliseconds(1'000));
  return false;
}

bool ServerProcess::await_stored(milliseconds patience) {
  const bool stored = await_sign(patience) == Sign::given;
  signs_.reset();
  return stored;
}

std::optional<int> ServerProcess::ended() {
  if (!status_) status_ = reap(pid_);
  return status_;
}

int ServerProcess::await_end(milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  while (!ended()) {
    meanwhile_();
    if (steady_clock::now() >= deadline) ::kill(pid_, SIGKILL);
    std::this_thread::sleep_for(milliseconds(5));
  }
  return *status_;
}

}  // namespace ttq
