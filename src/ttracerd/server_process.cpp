#include "ttracerd/server_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "base/child.h"

namespace ttq {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// 15 characters at most (PR_SET_NAME); the graph shows the collector's, who is its parent.
constexpr const char* server_name = "ttracerd-server";

/// Whatever else the collector has open (a probe, on a second start) is not for the server.
ServerEnds keep_only_descriptors(const UniqueFd& relay, const UniqueFd& ready) {
  const int first = STDERR_FILENO + 1;
  UniqueFd high_relay(::fcntl(relay.get(), F_DUPFD_CLOEXEC, first + 2));
  UniqueFd high_ready(::fcntl(ready.get(), F_DUPFD_CLOEXEC, first + 2));
  ::dup3(high_relay.get(), first, O_CLOEXEC);
  ::dup3(high_ready.get(), first + 1, O_CLOEXEC);
  // The rest is closed in one, whoever owned it in the process that we were.
  [[maybe_unused]] const int closed = high_relay.release() + high_ready.release();
  ::close_range(static_cast<unsigned>(first + 2), ~0U, 0);
  return {UniqueFd(first), UniqueFd(first + 1)};
}

}  // namespace

void ServerEnds::say_ready() {
  [[maybe_unused]] const auto written = ::write(ready.get(), "", 1);
  ready.reset();
}

Result<ServerProcess> ServerProcess::start(const std::function<int(ServerEnds)>& body) {
  std::array<int, 2> relay{};
  std::array<int, 2> ready{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, relay.data()) != 0) {
    return errno_fault("socketpair");
  }
  UniqueFd ours(relay[0]);
  UniqueFd theirs(relay[1]);
  if (::pipe2(ready.data(), O_CLOEXEC) != 0) return errno_fault("pipe");
  UniqueFd ready_here(ready[0]);
  UniqueFd ready_there(ready[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return errno_fault("fork");
  if (pid > 0) return ServerProcess(pid, std::move(ours), std::move(ready_here));
  ::prctl(PR_SET_NAME, server_name);
  std::exit(body(keep_only_descriptors(theirs, ready_there)));
}

bool ServerProcess::await_ready() {
  char byte = 0;
  ssize_t count = 0;
  do {
    count = ::read(ready_.get(), &byte, 1);
  } while (count < 0 && errno == EINTR);
  ready_.reset();
  if (count == 1) return true;
  await_end(milliseconds(1'000));
  return false;
}

std::optional<int> ServerProcess::ended() {
  if (!status_) status_ = reap(pid_);
  return status_;
}

int ServerProcess::await_end(milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  while (!ended()) {
    if (steady_clock::now() >= deadline) ::kill(pid_, SIGKILL);
    std::this_thread::sleep_for(milliseconds(5));
  }
  return *status_;
}

}  // namespace ttq
