#include "walk/connect.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <future>
#include <system_error>
#include <thread>

namespace ttq {
namespace {

using std::chrono::steady_clock;

using Addresses = Answer<std::vector<SocketAddress>>;

PeerFailure unreachable(int error_number) {
  const bool denied = error_number == EACCES || error_number == EPERM;  // the mode of a UNIX socket
  return {denied ? HostState::denied : HostState::unreachable,
          std::generic_category().message(error_number)};
}

const PeerFailure too_late{HostState::timeout, "no answer in time"};

Addresses unix_address(const std::string& path) {
  sockaddr_un unix_socket{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof unix_socket.sun_path) return unreachable(ENAMETOOLONG);
  std::copy(path.begin(), path.end(), unix_socket.sun_path);
  SocketAddress address{
      .length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1)};
  std::memcpy(&address.storage, &unix_socket, sizeof unix_socket);
  return std::vector{address};
}

Addresses look_up(const std::string& host, std::uint16_t port, int flags) {
  const addrinfo wanted{.ai_flags = flags | AI_NUMERICSERV,
                        .ai_family = AF_UNSPEC,
                        .ai_socktype = SOCK_STREAM,
                        .ai_protocol = 0,
                        .ai_addrlen = 0,
                        .ai_addr = nullptr,
                        .ai_canonname = nullptr,
                        .ai_next = nullptr};
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (error != 0) return PeerFailure{HostState::unreachable, gai_strerror(error)};
  std::vector<SocketAddress> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    SocketAddress address{.length = one->ai_addrlen};
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    addresses.push_back(address);
  }
  freeaddrinfo(found);
  return addresses;
}

/// getaddrinfo(3) knows no deadline, so it has a thread of its own to be late in.
Addresses look_up_by(const std::string& host, std::uint16_t port, Deadline deadline) {
  std::packaged_task<Addresses()> task([=] { return look_up(host, port, AI_ADDRCONFIG); });
  auto result = task.get_future();
  try {
    std::thread(std::move(task)).detach();
  } catch (const std::system_error& error) {
    return PeerFailure{HostState::unreachable, error.code().message()};
  }
  if (result.wait_until(deadline) != std::future_status::ready) {
    return PeerFailure{HostState::timeout, "its name was not resolved in time"};
  }
  return result.get();
}

/// Each of several addresses gets its share of the time that is left.
Deadline share(Deadline deadline, std::size_t ways_left) {
  const auto now = steady_clock::now();
  return now + (deadline - now) / static_cast<std::int64_t>(ways_left);
}

}  // namespace

bool wait_for(int fd, short events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting{.fd = fd, .events = events, .revents = 0};
    const int ready =
        poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // the call that follows tells what is wrong
  }
}

Answer<UniqueFd> connect_by(const SocketAddress& address, Deadline deadline) {
  UniqueFd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return unreachable(errno);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
  if (connect(fd.get(), generic, address.length) == 0) return fd;
  if (errno != EINPROGRESS) return unreachable(errno);
  if (!wait_for(fd.get(), POLLOUT, deadline)) return too_late;
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return unreachable(error);
  return fd;
}

Addresses Connector::find(const PeerAddress& address, Deadline deadline) {
  if (!address.unix_path.empty()) return unix_address(address.unix_path);
  {
    const std::lock_guard lock(mutex_);
    const auto known = answered_.find(address);
    if (known != answered_.end()) return std::vector{known->second};
  }
  auto numeric = look_up(address.host, address.port, AI_NUMERICHOST);
  if (std::holds_alternative<std::vector<SocketAddress>>(numeric)) return numeric;
  return look_up_by(address.host, address.port, deadline);
}

Answer<UniqueFd> Connector::connect(const PeerAddress& address, Deadline deadline) {
  auto found = find(address, deadline);
  if (const auto* failure = std::get_if<PeerFailure>(&found)) return *failure;
  const auto& ways = std::get<std::vector<SocketAddress>>(found);
  PeerFailure failure{HostState::unreachable, "it has no address"};
  for (std::size_t i = 0; i < ways.size(); ++i) {
    auto connected = connect_by(ways[i], share(deadline, ways.size() - i));
    if (std::holds_alternative<UniqueFd>(connected)) {
      const std::lock_guard lock(mutex_);
      answered_[address] = ways[i];
      return connected;
    }
    failure = std::get<PeerFailure>(connected);
  }
  return failure;
}

}  // namespace ttq
