#include "walk/connect.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

#include "walk/ssh.h"

namespace ttq {
namespace {

PeerFailure unreachable(int error_number) {
  const bool denied = error_number == EACCES || error_number == EPERM;  // the mode of a UNIX socket
  return {denied ? HostState::denied : HostState::unreachable,
          std::generic_category().message(error_number)};
}

SocketAddresses unix_address(const std::string& path) {
  sockaddr_un unix_socket{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof unix_socket.sun_path) return unreachable(ENAMETOOLONG);
  std::copy(path.begin(), path.end(), unix_socket.sun_path);
  SocketAddress address{
      .length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1)};
  std::memcpy(&address.storage, &unix_socket, sizeof unix_socket);
  return std::vector{address};
}

SocketAddresses tcp_address(const Address& address, std::uint16_t port) {
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

/// Those that are known without asking for a name.
std::optional<SocketAddresses> known_addresses(const PeerAddress& address) {
  if (!address.unix_path.empty()) return unix_address(address.unix_path);
  if (const auto number = Address::parse(address.host)) return tcp_address(*number, address.port);
  auto numeric = read_numeric(address.host, address.port);  // with a scope, say
  if (std::holds_alternative<PeerFailure>(numeric)) return std::nullopt;
  return numeric;
}

Ways from(Answer<std::vector<Way>> answer) {
  if (auto* failure = std::get_if<PeerFailure>(&answer)) return std::move(*failure);
  return std::move(std::get<std::vector<Way>>(answer));
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

Ways find_ways(const PeerAddress& address, Via via) {
  if (via == Via::ssh && address.unix_path.empty()) {
    return std::vector<Way>{ssh_command(address.host)};
  }
  if (const auto known = known_addresses(address)) return from(ways_to(*known));
  auto started = NameLookup::start(address.host, address.port);
  if (auto* failure = std::get_if<PeerFailure>(&started)) return std::move(*failure);
  return std::move(std::get<NameLookup>(started));
}

Answer<std::vector<Way>> ways_to(const SocketAddresses& found) {
  if (const auto* failure = std::get_if<PeerFailure>(&found)) return *failure;
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
