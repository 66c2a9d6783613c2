// A server of the small world, and clients that speak to it byte by byte.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "api/http_server.h"
#include "small_world.h"

namespace ttq {

/// 127.0.0.`host`; from 256 on, 127.0.1.0 and so forth.
inline sockaddr_in loopback_name(std::uint16_t port, int host = 1) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + static_cast<unsigned>(host));
  return name;
}

/// For everybody, or by TLS for those who show something.
inline Result<std::unique_ptr<HttpServer>> start_server(const std::vector<ListenAddress>& at,
                                                        const Routes& routes,
                                                        const HttpLimits& limits = {},
                                                        WatchedCredentials* credentials = nullptr) {
  auto sockets = ListenSocket::open_all(at);
  if (!sockets) return sockets.error();
  const auto audience = credentials == nullptr ? Audience::everybody : Audience::unix_socket;
  return HttpServer::start(*std::move(sockets), routes, audience, limits, credentials);
}

/// A client that sends what it is told, and reads with a time limit.
class Client {
 public:
  /// Over TCP it comes from 127.0.0.`host`.
  explicit Client(const ListenAddress& to, int host = 1) {
    to.unix_path.empty() ? connect_tcp(to.port, host) : connect_unix(to.unix_path);
  }

  [[nodiscard]] int fd() const { return fd_.get(); }

  Client& send(std::string_view bytes) {
    REQUIRE(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
    return *this;
  }

  /// All that comes until `wanted` has come, or the end.
  std::string read_until(std::string_view wanted) {
    std::string bytes;
    while (bytes.find(wanted) == bytes.npos || wanted.empty()) {
      pollfd polled{fd_.get(), POLLIN, 0};
      if (::poll(&polled, 1, 5000) != 1) return bytes + "[time out]";
      std::array<char, 4096> buffer;
      const auto count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (count < 0) return bytes + "[reset]";
      if (count == 0) return bytes;
      bytes.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return bytes;
  }
  std::string read_to_end() { return read_until(""); }

  /// A whole exchange on a connection that stays open.
  std::string get(const std::string& path) {
    send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return read_until("}\n");
  }

 private:
  void connect_tcp(std::uint16_t port, int host) {
    fd_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in own = loopback_name(0, host);
    REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&own), sizeof own) == 0);
    sockaddr_in name = loopback_name(port);
    REQUIRE(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
  }
  void connect_unix(const std::string& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    fd_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
  }

  UniqueFd fd_;
};

inline bool is_ok(const std::string& answer) { return answer.rfind("HTTP/1.1 200 OK\r\n", 0) == 0; }

inline const ListenAddress loopback = parse_listen_address("127.0.0.1:0").value();

struct Serving {
  explicit Serving(HttpLimits limits = {}, const std::vector<ListenAddress>& at = {loopback},
                   WatchedCredentials* credentials = nullptr) {
    auto started = start_server(at, world.routes, limits, credentials);
    REQUIRE_MESSAGE(started.has_value(), started.error().message);
    server = *std::move(started);
    address = server->addresses().front();
  }
  SmallWorld world;
  std::unique_ptr<HttpServer> server;
  ListenAddress address;
};

}  // namespace ttq
