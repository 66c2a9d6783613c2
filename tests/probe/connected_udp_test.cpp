// Connected UDP sockets that end before a look has met them, counted by the kernel that runs the
// test.
#include <doctest/doctest.h>

#include "datagrams.h"

using namespace ttq;
using test::answer;
using test::connect_to;
using test::connects;
using test::cookie_of;
using test::count;
using test::loopback;
using test::loopback6;
using test::open_socket;
using test::port_of;
using test::receive;
using test::send_to;
using test::serve;
using test::serve_anywhere;
using test::Tally;

namespace {

/// As a look shows it.
Socket met(const UniqueFd& client, std::uint16_t port) {
  Socket socket;
  socket.state = SocketState::established;
  socket.cookie = cookie_of(client);
  socket.remote = {Protocol::udp, Address::parse("127.0.0.1").value(), port};
  return socket;
}

}  // namespace

TEST_CASE("a connected socket is counted as it ends, if it was answered") {
  auto counter = count();
  if (!counter) return;
  counter->count_connected();
  const UniqueFd server = serve();
  {
    const UniqueFd answered = connect_to(port_of(server), SOCK_DGRAM);
    REQUIRE(::send(answered.get(), "hits", 4, 0) == 4);
    answer(server);
    const UniqueFd asked_nothing = connect_to(port_of(server), SOCK_DGRAM);
  }
  const std::string right =
      "active udp 127.0.0.1 < 127.0.0.1 opened=1 port\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("a connected socket of IPv6 is counted as it ends, by its own address") {
  auto counter = count();
  if (!counter) return;
  counter->count_connected();
  const UniqueFd server = serve_anywhere();
  {
    const UniqueFd client = open_socket(AF_INET6);
    if (!connects(client, loopback6(port_of(server)))) {
      MESSAGE("skipped: no IPv6 on loopback");
      return;
    }
    REQUIRE(::send(client.get(), "hits", 4, 0) == 4);
    answer(server);
  }
  const std::string right =
      "active udp ::1 < ::1 opened=1 port\n"
      "passive udp :: < ::1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("a connected socket that a look has met is left to it") {
  auto counter = count();
  if (!counter) return;
  counter->count_connected();
  const UniqueFd server = serve();
  {
    const UniqueFd client = connect_to(port_of(server), SOCK_DGRAM);
    CHECK_FALSE(counter->leave_to_looks(met(client, port_of(server))));
    CHECK_FALSE(counter->leave_to_looks(met(client, port_of(server))));  // the next look
    send_to(client, loopback(port_of(server)));
    answer(server);
    receive(client);
  }
  const std::string right = "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("what was counted before a look has met it is counted once") {
  auto counter = count();
  if (!counter) return;
  counter->count_connected();
  const UniqueFd server = serve();
  {
    const UniqueFd client = serve();
    send_to(client, loopback(port_of(server)));
    REQUIRE(connects(client, loopback(port_of(server))));
    answer(server);
    CHECK(counter->leave_to_looks(met(client, port_of(server))));
  }
  const std::string right =
      "active udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("until everything that was there has been met, no connected socket is counted") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  {
    const UniqueFd client = connect_to(port_of(server), SOCK_DGRAM);
    REQUIRE(::send(client.get(), "hits", 4, 0) == 4);
    answer(server);
  }
  const std::string right = "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}
