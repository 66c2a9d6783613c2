// Both sides of TLS, in one thread, over a pair of sockets.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>

#include "support/fleet.h"
#include "tls/channel.h"

namespace ttq::test {

inline std::array<UniqueFd, 2> socket_pair() {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// Each takes a step while the other waits for it.
struct Pair {
  Pair(std::shared_ptr<const ServerCredentials> shown,
       std::shared_ptr<const ClientCredentials> asked, const std::string& host) {
    auto fds = socket_pair();
    server = Channel::of_server(std::move(fds[0]), std::move(shown)).value();
    client = Channel::of_client(std::move(fds[1]), std::move(asked), host).value();
  }

  /// Until both have an opinion.
  void agree() {
    using State = Channel::State;
    for (int i = 0; i < 20; ++i) {
      if (of_client == State::blocked) of_client = client.secure().state;
      if (of_server == State::blocked) of_server = server.secure().state;
    }
  }

  [[nodiscard]] bool agreed() const {
    return of_client == Channel::State::moved && of_server == Channel::State::moved;
  }

  Channel server;
  Channel client;
  Channel::State of_server = Channel::State::blocked;
  Channel::State of_client = Channel::State::blocked;
};

inline std::string read_some(Channel& from) {
  std::array<char, 16'384> buffer;
  const auto step = from.read(buffer);
  return step.state == Channel::State::moved ? std::string(buffer.data(), step.bytes) : "";
}

}  // namespace ttq::test
