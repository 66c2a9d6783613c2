// What the kernel that runs the test counts of connections over loopback.
#include "probe/flow_counter.h"

#include <doctest/doctest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "counted.h"

using namespace ttq;
using test::accept_from;
using test::attach;
using test::check_is_this_process;
using test::connect_to;
using test::Connection;
using test::connects;
using test::in_child;
using test::listen_anywhere;
using test::loopback;
using test::loopback6;
using test::pass;
using test::port_of;
using test::standing_at;
using test::Tally;
using test::Unanswered;

namespace {

std::uint16_t refusing_port() { return port_of(listen_anywhere()); }

}  // namespace

TEST_CASE("connections that come and go are counted at both ends, with their bytes") {
  auto counter = attach();
  if (!counter) return;
  const UniqueFd listener = listen_anywhere();
  for (int n = 0; n < 5; ++n) {
    const UniqueFd client = connect_to(port_of(listener));
    const UniqueFd accepted = accept_from(listener);
    pass(client, accepted, "question");
    pass(accepted, client, "long answer");
  }
  const std::string right =
      "active 127.0.0.1 < 127.0.0.1 attempts=5 opened=5 closed=5 peak=1 sent=40 received=55\n"
      "passive 127.0.0.1 < 127.0.0.1 opened=5 closed=5 peak=1 sent=55 received=40\n";
  CHECK(Tally(*counter, port_of(listener)).lines(right) == right);
}

TEST_CASE("whoever closes first, a FIN is no byte") {
  auto counter = attach();
  if (!counter) return;
  Connection both;
  pass(both.client, both.accepted, "question");
  both.accepted = UniqueFd();
  char none = 0;
  CHECK(::recv(both.client.get(), &none, 1, 0) == 0);
  both.client = UniqueFd();
  const std::string right =
      "active 127.0.0.1 < 127.0.0.1 attempts=1 opened=1 closed=1 peak=1 sent=8\n"
      "passive 127.0.0.1 < 127.0.0.1 opened=1 closed=1 peak=1 received=8\n";
  CHECK(Tally(*counter, port_of(both.listener)).lines(right) == right);
}

TEST_CASE("a connection that is reset is closed at both ends") {
  auto counter = attach();
  if (!counter) return;
  Connection both;
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(both.client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  both.client = UniqueFd();
  const std::string right =
      "active 127.0.0.1 < 127.0.0.1 attempts=1 opened=1 closed=1 peak=1\n"
      "passive 127.0.0.1 < 127.0.0.1 opened=1 closed=1 peak=1\n";
  CHECK(Tally(*counter, port_of(both.listener)).lines(right) == right);
}

TEST_CASE("trap 11: a client of IPv6 and one of IPv4 are told by their own addresses") {
  auto counter = attach();
  if (!counter) return;
  const UniqueFd listener = listen_anywhere();
  const UniqueFd six(::socket(AF_INET6, SOCK_STREAM, 0));
  if (!connects(six, loopback6(port_of(listener)))) {
    MESSAGE("skipped: no IPv6 on loopback");
    return;
  }
  const UniqueFd four = connect_to(port_of(listener));
  const std::string right =
      "active ::1 < ::1 attempts=1 opened=1 peak=1\n"
      "active 127.0.0.1 < 127.0.0.1 attempts=1 opened=1 peak=1\n"
      "passive ::1 < ::1 opened=1 peak=1\n"
      "passive 127.0.0.1 < 127.0.0.1 opened=1 peak=1\n";
  CHECK(Tally(*counter, port_of(listener)).lines(right) == right);
}

TEST_CASE("trap 11: an IPv6 socket that calls a mapped address is a client of IPv4") {
  auto counter = attach();
  if (!counter) return;
  const UniqueFd listener = listen_anywhere();
  sockaddr_in6 mapped = loopback6(port_of(listener));
  REQUIRE(::inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr) == 1);
  const UniqueFd client(::socket(AF_INET6, SOCK_STREAM, 0));
  REQUIRE(connects(client, mapped));
  const std::string right =
      "active 127.0.0.1 < 127.0.0.1 attempts=1 opened=1 peak=1\n"
      "passive 127.0.0.1 < 127.0.0.1 opened=1 peak=1\n";
  CHECK(Tally(*counter, port_of(listener)).lines(right) == right);
}

TEST_CASE("connections that are refused have failed") {
  auto counter = attach();
  if (!counter) return;
  const std::uint16_t port = refusing_port();
  for (int n = 0; n < 3; ++n) {
    const UniqueFd client(::socket(AF_INET, SOCK_STREAM, 0));
    CHECK_FALSE(connects(client, loopback(port)));
  }
  const std::string right = "active 127.0.0.1 < 127.0.0.1 attempts=3 failed=3\n";
  CHECK(Tally(*counter, port).lines(right) == right);
}

TEST_CASE("whoever calls is told with what tells it from others") {
  auto counter = attach();
  if (!counter) return;
  const std::uint16_t port = refusing_port();
  (void)connects(UniqueFd(::socket(AF_INET, SOCK_STREAM, 0)), loopback(port));
  Tally tally(*counter, port);
  tally.lines("active 127.0.0.1 < 127.0.0.1 attempts=1 failed=1\n");
  check_is_this_process(tally.caller());
}

TEST_CASE("whoever calls is told, even if a batch begins with an end") {
  auto counter = attach();
  if (!counter) return;
  const UniqueFd listener = listen_anywhere();
  {
    const UniqueFd earlier = connect_to(port_of(listener));
    const UniqueFd accepted = accept_from(listener);
    REQUIRE(counter->take());
  }
  const UniqueFd client = connect_to(port_of(listener));
  Tally tally(*counter, port_of(listener));
  const std::string right =
      "active 127.0.0.1 < 127.0.0.1 attempts=1 opened=1 closed=1\n"
      "passive 127.0.0.1 < 127.0.0.1 opened=1 closed=1\n";
  CHECK(tally.lines(right) == right);
  check_is_this_process(tally.caller());
}

TEST_CASE("rule 3: a child that was forked is its parent's program") {
  auto counter = attach();
  if (!counter) return;
  const std::uint16_t port = refusing_port();
  in_child([&] {
    const UniqueFd client(::socket(AF_INET, SOCK_STREAM, 0));
    (void)connects(client, loopback(port));
  });
  Tally tally(*counter, port);
  const std::string right = "active 127.0.0.1 < 127.0.0.1 attempts=1 failed=1\n";
  CHECK(tally.lines(right) == right);
  CHECK(tally.caller().mark.pid == ::getpid());
}

TEST_CASE("what a program leaves open as it ends is closed") {
  auto counter = attach();
  if (!counter) return;
  UniqueFd listener = listen_anywhere();
  const std::uint16_t port = port_of(listener);
  in_child([&] { connect_to(port); });
  listener = UniqueFd();
  const std::string right =
      "active 127.0.0.1 < 127.0.0.1 attempts=1 opened=1 closed=1 peak=1\n"
      "passive 127.0.0.1 < 127.0.0.1 opened=1 closed=1 peak=1\n";
  CHECK(Tally(*counter, port).lines(right) == right);
}

TEST_CASE("a connection over which nothing goes is told of by no look") {
  auto counter = attach();
  if (!counter) return;
  const Connection both;
  const std::uint16_t port = port_of(both.listener);
  pass(both.client, both.accepted, "question");
  standing_at(*counter, port);
  REQUIRE(counter->take());
  standing_at(*counter, port);
  Tally tally(*counter, port);
  CHECK(tally.lines("").empty());
}

TEST_CASE("there may be more connections than places for those that no look has met") {
  auto counter = attach({.places = 4});
  if (!counter) return;
  const UniqueFd listener = listen_anywhere();
  std::vector<UniqueFd> ends;
  const auto connect = [&] {
    for (int n = 0; n < 5; ++n) {
      ends.push_back(connect_to(port_of(listener)));
      ends.push_back(accept_from(listener));
    }
  };
  connect();
  CHECK(standing_at(*counter, port_of(listener)).taken_over.size() == 10);
  connect();
  ends.clear();
  const std::string right =
      "active 127.0.0.1 < 127.0.0.1 attempts=10 opened=10 closed=5 taken_ended=5 peak=10\n"
      "passive 127.0.0.1 < 127.0.0.1 opened=10 closed=5 taken_ended=5 peak=10\n";
  CHECK(Tally(*counter, port_of(listener)).lines(right) == right);
}

TEST_CASE("an attempt that nobody answers waits, and has failed once it is given up") {
  auto counter = attach();
  if (!counter) return;
  Unanswered scene;
  Tally tally(*counter, port_of(scene.listener));
  const std::string passive = "passive 127.0.0.1 < 127.0.0.1 opened=1 peak=1\n";
  const std::string waits = "active 127.0.0.1 < 127.0.0.1 attempts=2 opened=1 peak=1\n" + passive;
  CHECK(tally.lines(waits) == waits);
  scene.waiting = UniqueFd();
  const std::string failed =
      "active 127.0.0.1 < 127.0.0.1 attempts=2 opened=1 failed=1 peak=1\n" + passive;
  CHECK(tally.lines(failed) == failed);
}

TEST_CASE("a socket that calls twice is two connections") {
  auto counter = attach();
  if (!counter) return;
  const UniqueFd listener = listen_anywhere();
  const UniqueFd client(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  for (int n = 0; n < 2; ++n) {
    REQUIRE(connects(client, loopback(port_of(listener))));
    pass(client, accept_from(listener), "question");
    REQUIRE(connects(client, nowhere));
  }
  const std::string right =
      "active 127.0.0.1 < 127.0.0.1 attempts=2 opened=2 closed=2 peak=1 sent=16\n"
      "passive 127.0.0.1 < 127.0.0.1 opened=2 closed=2 peak=1 received=16\n";
  CHECK(Tally(*counter, port_of(listener)).lines(right) == right);
}

TEST_CASE("what happens in another network namespace is not told") {
  auto counter = attach();
  if (!counter) return;
  const std::uint16_t port = refusing_port();
  in_child([&] {
    const UniqueFd client(::unshare(CLONE_NEWNET) == 0 ? ::socket(AF_INET, SOCK_STREAM, 0) : -1);
    ifreq device{{"lo"}, {}};
    device.ifr_flags = IFF_UP;
    ::ioctl(client.get(), SIOCSIFFLAGS, &device);
    (void)connects(client, loopback(port));
  });
  CHECK(Tally(*counter, port).lines("").empty());
}
