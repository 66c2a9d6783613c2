// Connections over loopback, made here: what the probes are asked about.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "base/unique_fd.h"

namespace ttq::test {

inline std::uint64_t inode_of(const UniqueFd& fd) {
  struct stat status {};
  ::fstat(fd.get(), &status);
  return status.st_ino;
}

inline std::uint64_t cookie_of(const UniqueFd& fd) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_COOKIE, &cookie, &size);
  return cookie;
}

inline std::uint16_t port_of(const UniqueFd& fd) {
  sockaddr_in6 address{};
  socklen_t size = sizeof address;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin6_port);  // the port lies in the same place for IPv4
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

inline sockaddr_in6 loopback6(std::uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  address.sin6_port = htons(port);
  return address;
}

template <class Place>
bool connects(const UniqueFd& fd, const Place& place) {
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0;
}

inline UniqueFd connect_to(std::uint16_t port, int type = SOCK_STREAM) {
  UniqueFd client(::socket(AF_INET, type, 0));
  REQUIRE(connects(client, loopback(port)));
  return client;
}

inline UniqueFd accept_from(const UniqueFd& listener) {
  return UniqueFd(::accept(listener.get(), nullptr, nullptr));
}

/// On an ephemeral port, of IPv6 and IPv4 alike.
inline UniqueFd listen_anywhere(int backlog = 8) {
  UniqueFd listener(::socket(AF_INET6, SOCK_STREAM, 0));
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
  REQUIRE(::listen(listener.get(), backlog) == 0);
  return listener;
}

/// A dual-stack TCP listener, an IPv4 client of it, and the accepted end.
struct Connection {
  Connection()
      : listener(listen_anywhere()),
        client(connect_to(port_of(listener))),
        accepted(accept_from(listener)) {}
  UniqueFd listener;
  UniqueFd client;
  UniqueFd accepted;
};

/// From one end to the other, and taken there.
inline void pass(const UniqueFd& from, const UniqueFd& to, const std::string& bytes) {
  REQUIRE(::send(from.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  std::string got(bytes.size(), '\0');
  REQUIRE(::recv(to.get(), got.data(), got.size(), MSG_WAITALL) ==
          static_cast<ssize_t>(bytes.size()));
}

}  // namespace ttq::test
