#include "walk/connect.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <future>
#include <system_error>
#include <thread>

#include "walk/ssh.h"

namespace ttq {
namespace {

using Addresses = Answer<std::vector<SocketAddress>>;

PeerFailure unreachable(int error_number) {
  const bool denied = error_number == EACCES || error_number == EPERM;  // the mode of a UNIX socket
  return {denied ? HostState::denied : HostState::unreachable,
          std::generic_category().message(error_number)};
}

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

Addresses tcp_address(const Address& address, std::uint16_t port) {
  SocketAddress to;
  const auto& bytes = address.bytes();
  if (address.is_v4()) {
    sockaddr_in v4{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
    std::memcpy(&v4.sin_addr, bytes.data() + 12, sizeof v4.sin_addr);
    std::memcpy(&to.storage, &v4, sizeof v4);
    to.length = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    std::memcpy(&to.storage, &v6, sizeof v6);
    to.length = sizeof v6;
  }
  return std::vector{to};
}

Addresses find_addresses(const PeerAddress& address, Deadline deadline) {
  if (!address.unix_path.empty()) return unix_address(address.unix_path);
  if (const auto number = Address::parse(address.host)) return tcp_address(*number, address.port);
  auto numeric = look_up(address.host, address.port, AI_NUMERICHOST);  // with a scope, say
  if (std::holds_alternative<std::vector<SocketAddress>>(numeric)) return numeric;
  return look_up_by(address.host, address.port, deadline);
}

Answer<Connection> connect_to(const SocketAddress& address) {
  UniqueFd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return unreachable(errno);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
  if (connect(fd.get(), generic, address.length) == 0 || errno == EINPROGRESS) {
    return Connection{Channel(std::move(fd)), std::nullopt};
  }
  return unreachable(errno);
}

/// Its end of the socket blocks, as a program expects of its standard streams.
Answer<Connection> connect_through(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return unreachable(errno);
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  if (fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) return unreachable(errno);
  auto started = Subprocess::start(command, theirs);
  if (!started) return PeerFailure{HostState::unreachable, started.error().message};
  return Connection{Channel(std::move(ours)), *std::move(started)};
}

}  // namespace

Result<void> Connection::wrap(const Transport& transport, const PeerAddress& address) {
  if (transport.via != Via::tls || !address.unix_path.empty()) return {};
  auto wrapped = Channel::of_client(channel.take_fd(), transport.credentials, address.host);
  if (!wrapped) return wrapped.error();
  channel = *std::move(wrapped);
  return {};
}

std::optional<PeerFailure> Connection::why_it_broke_off() {
  if (!command) return std::nullopt;
  return failure_of_ssh(command->status(), command->last_complaint());
}

Answer<std::vector<Way>> find_ways(const PeerAddress& address, Via via, Deadline deadline) {
  if (via == Via::ssh && address.unix_path.empty()) {
    return std::vector<Way>{ssh_command(address.host)};
  }
  auto found = find_addresses(address, deadline);
  if (auto* failure = std::get_if<PeerFailure>(&found)) return std::move(*failure);
  const auto& addresses = std::get<std::vector<SocketAddress>>(found);
  return std::vector<Way>(addresses.begin(), addresses.end());
}

Answer<Connection> begin_connecting(const Way& way) {
  if (const auto* command = std::get_if<std::vector<std::string>>(&way)) {
    return connect_through(*command);
  }
  return connect_to(std::get<SocketAddress>(way));
}

std::optional<PeerFailure> failure_of_connecting(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error == 0) return std::nullopt;
  return unreachable(error);
}

PeerFailure failure_of(const Channel& channel) {
  const std::string& words = channel.failure_words();
  switch (channel.failure()) {
    case Channel::Failure::no_tls:
      return {HostState::untrusted, "it does not speak TLS (" + words + ")"};
    case Channel::Failure::unverified:
      return {HostState::untrusted, "its certificate is not accepted: " + words};
    case Channel::Failure::refused:
      return {HostState::denied, "it does not accept our certificate (" + words + ")"};
    case Channel::Failure::broke_off:
      break;
  }
  return {HostState::unreachable, "the connection broke off"};
}

}  // namespace ttq
