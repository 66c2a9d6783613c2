#include "api/listen_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ttq {
namespace {

constexpr mode_t socket_mode = 0660;
/// The kernel cuts it to its own limit (net.core.somaxconn). A burst of strangers fills a short
/// one, and whose SYN finds it full tries again only after a second.
constexpr int backlog = 4096;
/// What the kernel keeps of a TCP connection for us; left alone it takes 6 and 4 MiB of whoever
/// sends much and whoever reads slowly. It doubles these, and connections have them from their
/// listener.
constexpr int receive_buffer = 64 << 10;  ///< a request has 12 KiB
constexpr int send_buffer = 256 << 10;    ///< two pieces of a long answer

constexpr int socket_flags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

sockaddr_un unix_sockaddr(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  return name;
}

union TcpSockaddr {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

TcpSockaddr tcp_sockaddr(const Address& address, std::uint16_t port) {
  TcpSockaddr name{};
  const auto& bytes = address.bytes();
  if (address.is_v4()) {
    name.v4.sin_family = AF_INET;
    name.v4.sin_port = htons(port);
    std::memcpy(&name.v4.sin_addr, bytes.data() + 12, 4);
  } else {
    name.v6.sin6_family = AF_INET6;
    name.v6.sin6_port = htons(port);
    std::memcpy(&name.v6.sin6_addr, bytes.data(), bytes.size());
  }
  return name;
}

Result<void> bind_and_listen(int fd, const sockaddr* name, socklen_t length) {
  if (::bind(fd, name, length) != 0) return errno_fault("bind");
  if (::listen(fd, backlog) != 0) return errno_fault("listen");
  return {};
}

Result<void> set_number(int fd, int level, int option, const char* what, int value) {
  if (::setsockopt(fd, level, option, &value, sizeof value) != 0) return errno_fault(what);
  return {};
}

Result<void> set_flag(int fd, int level, int option, const char* what, bool on = true) {
  return set_number(fd, level, option, what, on ? 1 : 0);
}

Result<void> set_buffers(int fd) {
  auto done = set_number(fd, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", receive_buffer);
  return done ? set_number(fd, SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF", send_buffer) : done;
}

Result<void> set_tcp_options(int fd, bool v4, bool ipv6_only) {
  if (auto done = set_flag(fd, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR"); !done) return done;
  if (auto done = set_buffers(fd); !done) return done;
  if (v4) return {};
  return set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY", ipv6_only);
}

/// Removes a socket file that a dead daemon has left.
Result<void> clear_the_way(const std::string& path) {
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return {};  // bind() will know better
  if (!S_ISSOCK(file.st_mode)) return Fault{"a file that is no socket is in the way"};
  const UniqueFd probe(::socket(AF_UNIX, socket_flags, 0));
  const sockaddr_un name = unix_sockaddr(path);
  const int answer = ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  if (answer == 0 || errno != ECONNREFUSED) return Fault{"another process listens there"};
  if (::unlink(path.c_str()) != 0) return errno_fault("remove the old socket");
  return {};
}

Result<std::uint16_t> bound_port(int fd) {
  TcpSockaddr name{};
  socklen_t length = sizeof name;
  if (::getsockname(fd, &name.any, &length) != 0) return errno_fault("getsockname");
  return ntohs(name.any.sa_family == AF_INET ? name.v4.sin_port : name.v6.sin6_port);
}

/// Whether an IPv4 address with the same port is asked for too, so that [::] must leave it free.
bool has_ipv4_twin(const ListenAddress& address, const std::vector<ListenAddress>& all) {
  return std::any_of(all.begin(), all.end(), [&](const ListenAddress& other) {
    return other.unix_path.empty() && other.address.is_v4() && other.port == address.port;
  });
}

}  // namespace

Result<std::vector<ListenSocket>> ListenSocket::open_all(
    const std::vector<ListenAddress>& addresses) {
  std::vector<ListenSocket> sockets;
  for (const ListenAddress& address : addresses) {
    auto socket = open(address, has_ipv4_twin(address, addresses));
    if (!socket) return socket.error();
    sockets.push_back(*std::move(socket));
  }
  return sockets;
}

Result<void> ListenSocket::let_in(gid_t group) const {
  if (address_.unix_path.empty()) return {};
  if (::lchown(address_.unix_path.c_str(), static_cast<uid_t>(-1), group) == 0) return {};
  return errno_fault("give " + address_.unix_path + " to its group");
}

Result<ListenSocket> ListenSocket::open(const ListenAddress& address, bool ipv6_only) {
  auto socket = address.unix_path.empty() ? open_tcp(address, ipv6_only) : open_unix(address);
  if (!socket) return socket.error().in("listen on " + print_listen_address(address));
  return socket;
}

Result<ListenSocket> ListenSocket::open_unix(const ListenAddress& address) {
  const std::string& path = address.unix_path;
  if (auto clear = clear_the_way(path); !clear) return clear.error();
  ListenSocket socket(UniqueFd(::socket(AF_UNIX, socket_flags, 0)), address);
  if (!socket.fd_) return errno_fault("socket");
  if (::fchmod(socket.fd(), socket_mode) != 0) return errno_fault("fchmod");
  const sockaddr_un name = unix_sockaddr(path);
  const auto bound =
      bind_and_listen(socket.fd(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  if (!bound) return bound.error();
  struct stat file {};
  // The umask may have taken the group's part away.
  if (::chmod(path.c_str(), socket_mode) != 0 || ::lstat(path.c_str(), &file) != 0) {
    return errno_fault("chmod");
  }
  socket.file_ = file.st_ino;
  return socket;
}

Result<ListenSocket> ListenSocket::open_tcp(const ListenAddress& address, bool ipv6_only) {
  TcpSockaddr name = tcp_sockaddr(address.address, address.port);
  const bool v4 = address.address.is_v4();
  ListenSocket socket(UniqueFd(::socket(name.any.sa_family, socket_flags, 0)), address);
  if (!socket.fd_) return errno_fault("socket");
  if (auto done = set_tcp_options(socket.fd(), v4, ipv6_only); !done) return done.error();
  const auto bound = bind_and_listen(socket.fd(), &name.any, v4 ? sizeof name.v4 : sizeof name.v6);
  if (!bound) return bound.error();
  const auto port = bound_port(socket.fd());
  if (!port) return port.error();
  socket.address_.port = *port;
  return socket;
}

ListenSocket::~ListenSocket() {
  if (!fd_ || file_ == 0) return;
  struct stat file {};
  const char* path = address_.unix_path.c_str();
  if (::lstat(path, &file) == 0 && file.st_ino == file_) ::unlink(path);
}

UniqueFd ListenSocket::accept() const {
  UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  // Answers are written whole; the last piece shall not wait for an acknowledgement.
  if (fd && address_.unix_path.empty()) {
    [[maybe_unused]] const auto hint = set_flag(fd.get(), IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY");
  }
  return fd;
}

}  // namespace ttq
