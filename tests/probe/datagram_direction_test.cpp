// Who is told to be the client where an answer comes from elsewhere than was asked, or leaves by
// another socket than took the question: counted by the kernel that runs the test.
#include <doctest/doctest.h>

#include "datagrams.h"

using namespace ttq;
using test::answer;
using test::bound_to;
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

using Known = UdpCounter::Known;

namespace {

/// A socket that has asked for its port, and lets others have it too.
UniqueFd share(std::uint16_t port) {
  UniqueFd made = open_socket();
  const int yes = 1;
  REQUIRE(::setsockopt(made.get(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == 0);
  const sockaddr_in place = loopback(port);
  REQUIRE(::bind(made.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0);
  return made;
}

std::uint16_t free_port() { return port_of(serve()); }

sockaddr_in nowhere(std::uint16_t port) {
  sockaddr_in place = loopback(port);
  place.sin_addr.s_addr = INADDR_ANY;
  return place;
}

}  // namespace

TEST_CASE("an answer from elsewhere than was asked, as to a group, makes nobody a client") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd group = serve();
  const UniqueFd member = serve();
  const UniqueFd client = serve();
  send_to(client, loopback(port_of(group)));
  send_to(member, loopback(port_of(client)));
  receive(client);
  const std::string right = "active udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1 port\n";
  CHECK(Tally(*counter, port_of(member)).lines(right) == right);
}

TEST_CASE("who has called others, and has asked for its port, is a server to those who come") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd group = serve();
  const UniqueFd server = share(free_port());
  send_to(server, loopback(port_of(group)));
  const UniqueFd client = open_socket();
  send_to(client, loopback(port_of(server)));
  receive(server);
  const std::string right =
      "active udp 127.0.0.1 < 0.0.0.0 datagrams=1 opened=1\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("what another socket of a server's port answers is an answer") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = share(free_port());
  const UniqueFd client = serve();
  send_to(client, loopback(port_of(server)));
  receive(server);
  send_to(share(port_of(server)), loopback(port_of(client)));
  const std::string right =
      "active udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("a socket for one client goes on with the exchange that its server has taken") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = share(free_port());
  const UniqueFd client = serve();
  send_to(client, loopback(port_of(server)));
  receive(server);
  {
    const UniqueFd session = share(port_of(server));
    REQUIRE(connects(session, loopback(port_of(client))));
    send_to(client, loopback(port_of(server)));  // which comes to the one that is connected
    receive(session);
  }
  {
    const UniqueFd session = share(port_of(server));
    REQUIRE(connects(session, loopback(port_of(client))));
    CHECK(counter->leave_to_looks(cookie_of(session)) == Known::counted);
  }
  const std::string right =
      "active udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("a connected socket that sends to another peer has begun an exchange with it") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd peer = serve();
  const UniqueFd other = serve();
  const UniqueFd client = connect_to(port_of(peer), SOCK_DGRAM);
  send_to(client, loopback(port_of(other)));
  const std::string right = "active udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1\n";
  CHECK(Tally(*counter, port_of(other)).lines(right) == right);
  send_to(client, loopback(port_of(peer)));
  CHECK(Tally(*counter, port_of(peer)).lines("").empty());
}

TEST_CASE("the same of IPv6, and of IPv4 by a socket of both") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd peer = serve_anywhere();
  const UniqueFd other = serve_anywhere();
  sockaddr_in6 mapped = loopback6(port_of(other));
  REQUIRE(::inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr) == 1);
  const UniqueFd four = open_socket(AF_INET6);
  REQUIRE(connects(four, mapped));
  send_to(four, mapped);
  CHECK(Tally(*counter, port_of(other)).lines("").empty());
  const UniqueFd six = open_socket(AF_INET6);
  if (!connects(six, loopback6(port_of(peer)))) {
    MESSAGE("skipped: no IPv6 on loopback");
    return;
  }
  send_to(six, loopback6(port_of(peer)));
  CHECK(Tally(*counter, port_of(peer)).lines("").empty());
  send_to(six, loopback6(port_of(other)));
  const std::string right = "active udp ::1 < ::1 datagrams=1 opened=1\n";
  CHECK(Tally(*counter, port_of(other)).lines(right) == right);
}

TEST_CASE("who sends to the wildcard sends to this host") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve_anywhere();
  const UniqueFd four = open_socket();
  send_to(four, nowhere(port_of(server)));
  answer(server);
  receive(four);
  const std::string of_four =
      "active udp 127.0.0.1 < 0.0.0.0 datagrams=2 opened=1\n"
      "passive udp 0.0.0.0 < 127.0.0.1 datagrams=2 opened=1\n";
  Tally tally(*counter, port_of(server));
  CHECK(tally.lines(of_four) == of_four);
  const UniqueFd six = open_socket(AF_INET6);
  sockaddr_in6 wildcard{};
  wildcard.sin6_family = AF_INET6;
  wildcard.sin6_port = htons(port_of(server));
  if (::sendto(six.get(), "hits", 4, 0, reinterpret_cast<const sockaddr*>(&wildcard),
               sizeof wildcard) < 0) {
    MESSAGE("skipped: no IPv6 on loopback");
    return;
  }
  answer(server);
  receive(six);
  const std::string of_both = "active udp ::1 < :: datagrams=2 opened=1\n" +
                              std::string("active udp 127.0.0.1 < 0.0.0.0 datagrams=2 opened=1\n") +
                              "passive udp :: < ::1 datagrams=2 opened=1\n"
                              "passive udp 0.0.0.0 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(tally.lines(of_both) == of_both);
}

TEST_CASE("who is bound to an address sends to the wildcard as to that one") {
  auto counter = count();
  if (!counter) return;
  sockaddr_in second = loopback(0);
  REQUIRE(::inet_pton(AF_INET, "127.0.0.2", &second.sin_addr) == 1);
  const UniqueFd server = bound_to(second);
  const UniqueFd client = bound_to(second);
  send_to(client, nowhere(port_of(server)));
  answer(server);
  receive(client);
  const std::string right =
      "active udp 127.0.0.2 < 127.0.0.2 datagrams=2 opened=1\n"
      "passive udp 127.0.0.2 < 127.0.0.2 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}
