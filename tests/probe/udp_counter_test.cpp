// What the kernel that runs the test counts of datagrams over loopback.
#include "probe/udp_counter.h"

#include <doctest/doctest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <numeric>

#include "counted.h"
#include "datagrams.h"

using namespace ttq;
using test::answer;
using test::check_is_this_process;
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
using test::usual_ports;

namespace {

/// As if the client's port were the only ephemeral one.
UdpCounter::Scope ephemeral_is(const UniqueFd& client) {
  const std::uint16_t port = port_of(client);
  return {.first_ephemeral = port, .last_ephemeral = port};
}

}  // namespace

TEST_CASE("whoever sends first is the client, however many datagrams follow") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  const UniqueFd client = open_socket();
  for (int n = 0; n < 3; ++n) {
    send_to(client, loopback(port_of(server)));
    answer(server);
    receive(client);
  }
  const std::string right =
      "active udp 127.0.0.1 < 0.0.0.0 datagrams=6 opened=1\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=6 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("a client that is bound to an address is told by it") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  const UniqueFd client = serve();
  send_to(client, loopback(port_of(server)));
  const std::string right = "active udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("a client that comes from another port has begun another exchange") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  for (int n = 0; n < 3; ++n) {
    send_to(open_socket(), loopback(port_of(server)));
    answer(server);
  }
  const std::string right =
      "active udp 127.0.0.1 < 0.0.0.0 datagrams=3 opened=3\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=6 opened=3\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("an exchange goes on over any number of batches") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  const UniqueFd client = open_socket();
  send_to(client, loopback(port_of(server)));
  answer(server);
  REQUIRE(counter->take());
  send_to(client, loopback(port_of(server)));
  answer(server);
  const std::string right =
      "active udp 127.0.0.1 < 0.0.0.0 datagrams=1\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("of a socket that was there before, the ports say who is the client") {
  const UniqueFd server = serve();
  const UniqueFd client = serve();
  auto counter = count(ephemeral_is(client), {cookie_of(server), cookie_of(client)});
  if (!counter) return;
  send_to(server, loopback(port_of(client)));
  receive(client);
  const std::string right =
      "active udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1 port\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1 port\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("however many sockets were there before, none of them is taken for a later one") {
  const UniqueFd server = serve();
  const UniqueFd client = serve();
  std::vector<std::uint64_t> older(20'000);
  std::iota(older.begin(), older.end(), std::uint64_t{1} << 60U);
  older.push_back(cookie_of(client));
  auto counter = count(ephemeral_is(client), older);
  if (!counter) return;
  send_to(server, loopback(port_of(client)));
  receive(client);
  const std::string right = "active udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1 port\n";
  Tally tally(*counter, port_of(server));
  CHECK(tally.lines(right) == right);
}

TEST_CASE("trap 11: a dual-stack client that was there before has the wildcard of its server") {
  const UniqueFd server = serve();
  const UniqueFd client = serve_anywhere();
  auto counter = count(ephemeral_is(client), {cookie_of(client)});
  if (!counter) return;
  send_to(server, loopback(port_of(client)));
  receive(client);
  const std::string right = "active udp 127.0.0.1 < 0.0.0.0 datagrams=1 opened=1 port\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("where the ports say nothing, who sent first is a guess") {
  const UniqueFd server = serve();
  const UniqueFd client = serve();
  auto counter = count(usual_ports, {cookie_of(server), cookie_of(client)});
  if (!counter) return;
  send_to(client, loopback(port_of(server)));
  receive(server);
  const std::string right =
      "active udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1 port\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1 port\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("a socket that came later is sure of its direction, whatever the ports say") {
  const UniqueFd server = serve();
  auto counter = count(ephemeral_is(server), {});
  if (!counter) return;
  send_to(open_socket(), loopback(port_of(server)));
  receive(server);
  const std::string right =
      "active udp 127.0.0.1 < 0.0.0.0 datagrams=1 opened=1\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("where exchanges may have been forgotten, an answer is none that begins") {
  const UniqueFd server = serve();
  const UniqueFd client = serve();
  UdpCounter::Scope scope = ephemeral_is(client);
  scope.max_exchanges = 2;
  auto counter = count(scope);
  if (!counter) return;
  const UniqueFd other = serve();
  for (int n = 0; n < 3; ++n) send_to(open_socket(), loopback(port_of(other)));
  send_to(server, loopback(port_of(client)));
  receive(client);
  const std::string right =
      "active udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1 port\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1 port\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("trap 11: a dual-stack server is reached by IPv6 and by IPv4, at the wildcard of each") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve_anywhere();
  const UniqueFd six = open_socket(AF_INET6);
  const UniqueFd four = open_socket();
  const sockaddr_in6 place = loopback6(port_of(server));
  if (::sendto(six.get(), "hits", 4, 0, reinterpret_cast<const sockaddr*>(&place), sizeof place) <
      0) {
    MESSAGE("skipped: no IPv6 on loopback");
    return;
  }
  answer(server);
  receive(six);
  send_to(four, loopback(port_of(server)));
  answer(server);
  receive(four);
  const std::string right =
      "active udp ::1 < :: datagrams=2 opened=1\n"
      "active udp 127.0.0.1 < 0.0.0.0 datagrams=2 opened=1\n"
      "passive udp :: < ::1 datagrams=2 opened=1\n"
      "passive udp 0.0.0.0 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("trap 11: an IPv6 socket that sends to a mapped address is a client of IPv4") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  sockaddr_in6 mapped = loopback6(port_of(server));
  REQUIRE(::inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr) == 1);
  const UniqueFd client = open_socket(AF_INET6);
  send_to(client, mapped);
  answer(server);
  receive(client);
  const std::string right =
      "active udp 127.0.0.1 < 0.0.0.0 datagrams=2 opened=1\n"
      "passive udp 127.0.0.1 < 127.0.0.1 datagrams=2 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("whoever sends and whoever receives is told with what tells it from others") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  send_to(server, loopback(port_of(server)));
  Tally tally(*counter, port_of(server));
  tally.lines("active udp 127.0.0.1 < 127.0.0.1 datagrams=1 opened=1\n");
  check_is_this_process(tally.caller());
}

TEST_CASE("who exchanges datagrams is told with each batch") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  const UniqueFd client = open_socket();
  send_to(client, loopback(port_of(server)));
  REQUIRE(counter->take());
  send_to(client, loopback(port_of(server)));
  Tally tally(*counter, port_of(server));
  tally.lines("active udp 127.0.0.1 < 0.0.0.0 datagrams=1\n");
  CHECK(tally.caller().mark.pid == ::getpid());
}

TEST_CASE("rule 3: datagrams of a child that was forked are its parent's program's") {
  auto counter = count();
  if (!counter) return;
  const UniqueFd server = serve();
  in_child([&] { send_to(open_socket(), loopback(port_of(server))); });
  Tally tally(*counter, port_of(server));
  const std::string right = "active udp 127.0.0.1 < 0.0.0.0 datagrams=1 opened=1\n";
  CHECK(tally.lines(right) == right);
  CHECK(tally.caller().mark.pid == ::getpid());
}

TEST_CASE("datagrams of another network namespace are not told") {
  auto counter = count();
  if (!counter) return;
  const std::uint16_t port = port_of(serve());
  in_child([&] {
    if (::unshare(CLONE_NEWNET) != 0) return;
    const UniqueFd client = open_socket();
    ifreq device{{"lo"}, {}};
    device.ifr_flags = IFF_UP;
    ::ioctl(client.get(), SIOCSIFFLAGS, &device);
    send_to(client, loopback(port));
  });
  CHECK(Tally(*counter, port).lines("").empty());
}

TEST_CASE("where no cgroup tree is mounted, datagrams are counted all the same") {
  UdpCounter::Scope scope = usual_ports;
  scope.mounts = "/dev/null";
  auto counter = count(scope);
  if (!counter) return;
  const UniqueFd server = serve();
  send_to(open_socket(), loopback(port_of(server)));
  const std::string right = "active udp 127.0.0.1 < 0.0.0.0 datagrams=1 opened=1\n";
  CHECK(Tally(*counter, port_of(server)).lines(right) == right);
}

TEST_CASE("what there is no room for is lost, and said to be") {
  UdpCounter::Scope scope = usual_ports;
  scope.max_flows = 1;
  auto counter = count(scope);
  if (!counter) return;
  const UniqueFd server = serve();
  send_to(open_socket(), loopback(port_of(server)));
  receive(server);
  CHECK(counter->lost() >= 1);
}

TEST_CASE("there is room again once a batch was taken") {
  UdpCounter::Scope scope = usual_ports;
  scope.max_flows = 2;
  auto counter = count(scope);
  if (!counter) return;
  const std::uint64_t lost = counter->lost();
  for (int batches = 0; batches < 3; ++batches) {
    const UniqueFd server = serve();
    send_to(open_socket(), loopback(port_of(server)));
    receive(server);
    REQUIRE(counter->take());
  }
  CHECK(counter->lost() == lost);
}
