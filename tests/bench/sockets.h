// What the loads have in common: plain IPv4 stream sockets, and ending where that fails.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace ttq::bench {

[[noreturn]] inline void fail(const char* what) {
  std::perror(what);
  std::_Exit(EXIT_FAILURE);
}

/// A line on stdout, for whoever waits for it in a log.
inline void say(const char* line) {
  std::puts(line);
  std::fflush(stdout);
}

/// Returns how many.
inline unsigned allow_many_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<unsigned>(limit.rlim_cur);
}

inline sockaddr_in endpoint(const std::string& address, std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &at.sin_addr) != 1) fail(address.c_str());
  return at;
}

inline int new_socket() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) fail("socket");
  return socket;
}

inline int connect_to(const sockaddr_in& at) {
  const int socket = new_socket();
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) fail("connect");
  return socket;
}

inline void listen_at(int socket, const sockaddr_in& at) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) fail("bind");
  if (::listen(socket, SOMAXCONN) != 0) fail("listen");
}

/// Both ends vanish when it is closed: none is left in TIME_WAIT.
inline void reset_on_close(int socket) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace ttq::bench
