// Connected UDP sockets that end before a look has met them, counted by the kernel that runs the
// test.
#include <doctest/doctest.h>

#include "datagrams.h"

using namespace ttq;
using test::answer;
using test::ask;
using test::bound_to;
using test::check_is_this_process;
using test::connect_to;
using test::connects;
using test::cookie_of;
using test::count;
using test::in_child;
using test::loopback;
using test::loopback6;
using test::open_socket;
using test::port_of;
using test::receive;
using test::send_to;
using test::serve;
using test::serve_anywhere;
using test::Tally;

using Known = UdpCounter::Known;

namespace {

void disconnect(const UniqueFd& client) {
  const sockaddr none{.sa_family = AF_UNSPEC, .sa_data = {}};
  REQUIRE(connects(client, none));
}

}  // namespace

TEST_CASE("a connected socket is counted as it ends, if it was answered") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  {
    const UniqueFd answered = connect_to(port_of(server), SOCK_DGRAM);
    ask(answered, server);
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
  const UniqueFd server = serve_anywhere();
  {
    const UniqueFd client = open_socket(AF_INET6);
    if (!connects(client, loopback6(port_of(server)))) {
      MESSAGE("skipped: no IPv6 on loopback");
      return;
    }
    ask(client, server);
  }
  const std::string right =
      "active udp ::1 < ::1 opened=1 port\n"
      "passive udp :: < ::1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("a connected socket that looks have met is left to them") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  {
    const UniqueFd client = connect_to(port_of(server), SOCK_DGRAM);
    CHECK(counter->leave_to_looks(cookie_of(client)) == Known::yes);
    CHECK(counter->leave_to_looks(cookie_of(client)) == Known::yes);  // the next look
    ask(client, server);
  }
  const std::string right = "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("what was counted before it was connected is counted once") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  {
    const UniqueFd client = serve();
    send_to(client, loopback(port_of(server)));
    REQUIRE(connects(client, loopback(port_of(server))));
    answer(server);
    CHECK(counter->leave_to_looks(cookie_of(client)) == Known::counted);
  }
  const std::string right =
      "active udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("a socket that was connected before us is not ours to count") {
  const UniqueFd server = serve();
  auto client = connect_to(port_of(server), SOCK_DGRAM);
  auto counter = count();
  if (!counter) return;
  ask(client, server);
  CHECK(counter->leave_to_looks(cookie_of(client)) == Known::no);
  client = UniqueFd();
  const std::string right = "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("a socket that is disconnected had its peer until then") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  {
    const UniqueFd client = connect_to(port_of(server), SOCK_DGRAM);
    ask(client, server);
    disconnect(client);
  }
  const std::string right =
      "active udp 127.0.0.1 < 0.0.0.0 opened=1 port\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("what looks have met is counted by them alone, though it was disconnected since") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  {
    const UniqueFd client = connect_to(port_of(server), SOCK_DGRAM);
    ask(client, server);
    REQUIRE(counter->leave_to_looks(cookie_of(client)) == Known::yes);
    disconnect(client);
    counter->forget(cookie_of(client));  // the next look does not meet it
  }
  const std::string right = "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("what looks have met, and that has called another since, is counted for that one") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd silent = serve();
  const UniqueFd server = serve();
  {
    const UniqueFd client = connect_to(port_of(silent), SOCK_DGRAM);
    REQUIRE(counter->leave_to_looks(cookie_of(client)) == Known::yes);
    disconnect(client);
    counter->forget(cookie_of(client));
    REQUIRE(connects(client, loopback(port_of(server))));
    ask(client, server);
  }
  const std::string right =
      "active udp 127.0.0.1 < 127.0.0.1 opened=1 port\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("who was connected to the wildcard was connected to this host") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  {
    const UniqueFd client = open_socket();
    sockaddr_in place = loopback(port_of(server));
    place.sin_addr.s_addr = INADDR_ANY;
    REQUIRE(connects(client, place));
    ask(client, server);
    disconnect(client);
  }
  const std::string right =
      "active udp 127.0.0.1 < 0.0.0.0 opened=1 port\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("of two peers the one that has answered is counted") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  const UniqueFd silent = serve();
  {
    const UniqueFd client = connect_to(port_of(server), SOCK_DGRAM);
    ask(client, server);
    REQUIRE(connects(client, loopback(port_of(silent))));
  }
  const std::string right =
      "active udp 127.0.0.1 < 127.0.0.1 opened=1 port\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
  CHECK(Tally(*counter, port_of(silent)).lines("").empty());
}

TEST_CASE("the second of two peers is counted, too, if who has answered was asked for") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd first = serve();
  const UniqueFd second = serve();
  {
    const UniqueFd client = connect_to(port_of(first), SOCK_DGRAM);
    ask(client, first);
    receive(client);
    REQUIRE(connects(client, loopback(port_of(second))));
    ask(client, second);
    receive(client);
  }
  const std::string right =
      "active udp 127.0.0.1 < 127.0.0.1 opened=1 port\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(second)).lines(right) == right);
}

TEST_CASE("a peer's answer that is read after another was called is not that one's") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd first = serve();
  const UniqueFd silent = serve();
  {
    const UniqueFd client = connect_to(port_of(first), SOCK_DGRAM);
    ask(client, first);
    REQUIRE(connects(client, loopback(port_of(silent))));
    receive(client);
  }
  CHECK(Tally(*counter, port_of(silent)).lines("").empty());
}

TEST_CASE("rule 3: what a child leaves open as it ends is its parent's program's") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  in_child([&] {
    const int client = ::dup(connect_to(port_of(server), SOCK_DGRAM).get());  // never closed
    ::send(client, "hits", 4, 0);
    answer(server);
  });
  const std::string right =
      "active udp 127.0.0.1 < 127.0.0.1 opened=1 port\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  Tally tally(*counter, port_of(server));
  CHECK(tally.lines(right) == right);
  for (const auto& [flow, events] : tally.flows()) CHECK(flow.program.pid == ::getpid());
  check_is_this_process(tally.caller());
}

TEST_CASE("of two ephemeral ports the one that was asked for is the server's") {
  auto counter = count({.first_ephemeral = 1, .last_ephemeral = 65'535});
  if (!counter) return;
  const std::uint16_t port = port_of(serve());
  auto server = bound_to(loopback(port));
  const UniqueFd client = connect_to(port, SOCK_DGRAM);
  REQUIRE(::send(client.get(), "hits", 4, 0) == 4);
  REQUIRE(connects(server, loopback(port_of(client))));
  REQUIRE(::send(client.get(), "hits", 4, 0) == 4);
  server = UniqueFd();
  const std::string right = "passive udp 127.0.0.1 < 127.0.0.1 opened=1 port\n";
  CHECK(Tally(*counter, port).lines(right) == right);
}
