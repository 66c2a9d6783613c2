// The event probe against the kernel that runs the test: what its looks show beside what its events
// tell, of connections over loopback.
#include "probe/ebpf_probe.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <optional>
#include <set>

#include "datagrams.h"
#include "support/control_group.h"

using namespace ttq;
using test::accept_from;
using test::ask;
using test::connect_to;
using test::Connection;
using test::cookie_of;
using test::listen_anywhere;
using test::loopback;
using test::open_socket;
using test::port_of;
using test::send_to;
using test::serve;

namespace {

Result<UdpCounter> no_datagrams() { return Fault{"not asked for"}; }

/// None: this kernel, or this user, may not.
std::optional<EbpfProbe> make_probe(const FlowCounter::Room& room = {},
                                    Result<UdpCounter> datagrams = no_datagrams()) {
  auto handle = NetlinkHandle::open();
  REQUIRE(handle);
  NetlinkProbe sockets(std::move(*handle), "/proc");
  auto counter = FlowCounter::attach(sockets.netns(), room);
  if (counter) return EbpfProbe(std::move(sockets), std::move(*counter), std::move(datagrams));
  MESSAGE("skipped: ", counter.error().message);
  return std::nullopt;
}

std::optional<EbpfProbe> make_probe_of_datagrams() {
  auto probe = make_probe({}, UdpCounter::attach({}, {}));
  if (probe) CHECK(probe->look(Remains::left_out, [](const Socket&) {})->degradations.empty());
  return probe;
}

/// The row that a look shows of a socket.
std::optional<Socket> seen(EbpfProbe& probe, std::uint64_t cookie) {
  std::optional<Socket> found;
  const auto looked = probe.look(Remains::left_out, [&](const Socket& socket) {
    if (socket.cookie == cookie) found = socket;
  });
  REQUIRE(looked);
  CHECK(looked->source == "ebpf");
  return found;
}

void look(EbpfProbe& probe) { seen(probe, 0); }

/// "active 127.0.0.1 < 127.0.0.1", a line for each UDP flow that is told of one port.
std::string datagrams_told(EbpfProbe& probe, std::uint16_t port) {
  const auto events = probe.take_events();
  REQUIRE(events);
  std::set<std::string> lines;
  for (const FlowEvents& one : events->flows) {
    const EventFlow& flow = one.flow;
    if (flow.listen.proto != Protocol::udp || flow.listen.port != port) continue;
    lines.insert(std::string(print_role(flow.role)) + " " + flow.listen.address.print() + " < " +
                 flow.client.print() + "\n");
  }
  return std::accumulate(lines.begin(), lines.end(), std::string());
}

/// What is told of one port.
struct Told {
  Told(EbpfProbe& probe, std::uint16_t port) {
    const auto taken = probe.take_events();
    REQUIRE(taken);
    const Events& events = *taken;
    for (const FlowEvents& one : events.flows) {
      if (one.flow.listen.port != port) continue;
      opened += one.opened;
      closed += one.closed;
      taken_ended += one.taken_ended;
    }
    for (const TakenOver& one : events.taken_over) {
      if (one.flow.listen.port == port) taken_over.push_back(one.cookie);
    }
    lost = events.lost;
    if (!events.left) return;
    left.emplace();
    for (const auto& [flow, what] : *events.left) {
      if (flow.listen.port == port) left->now += what.now;
    }
  }
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;
  std::uint64_t taken_ended = 0;
  std::vector<std::uint64_t> taken_over;
  std::uint64_t lost = 0;
  std::optional<Left> left;
};

}  // namespace

TEST_CASE("a connection that was seen opening is shown with its opening once") {
  auto probe = make_probe();
  if (!probe) return;
  const Connection both;
  const auto first = seen(*probe, cookie_of(both.accepted));
  REQUIRE(first);
  REQUIRE(first->opening);
  CHECK(first->opening->role == Role::passive);
  const auto second = seen(*probe, cookie_of(both.accepted));
  REQUIRE(second);
  CHECK_FALSE(second->opening);
}

TEST_CASE("a connection that stood before is shown without an opening") {
  const Connection both;
  auto probe = make_probe();
  if (!probe) return;
  const auto shown = seen(*probe, cookie_of(both.client));
  REQUIRE(shown);
  CHECK_FALSE(shown->opening);
}

TEST_CASE("what a look takes over is told with the events that opened it") {
  auto probe = make_probe();
  if (!probe) return;
  const Connection both;
  look(*probe);
  const Told told(*probe, port_of(both.listener));
  CHECK(told.opened == 2);
  CHECK(told.taken_over.size() == 2);
}

TEST_CASE("trap 8: what nobody has accepted is shown once somebody has") {
  auto probe = make_probe();
  if (!probe) return;
  const UniqueFd listener = listen_anywhere();
  const UniqueFd client = connect_to(port_of(listener));
  look(*probe);
  CHECK(Told(*probe, port_of(listener)).taken_over == std::vector{cookie_of(client)});
  const UniqueFd accepted = accept_from(listener);
  const auto shown = seen(*probe, cookie_of(accepted));
  REQUIRE(shown);
  CHECK(shown->opening);
}

TEST_CASE("what ends before a look is not taken over, whatever is left of it") {
  auto probe = make_probe();
  if (!probe) return;
  const UniqueFd listener = listen_anywhere();
  UniqueFd client = connect_to(port_of(listener));
  const std::uint64_t cookie = cookie_of(client);
  client = UniqueFd();
  accept_from(listener).reset();
  const auto rest = seen(*probe, cookie);
  if (rest) CHECK_FALSE(rest->opening);
  CHECK(Told(*probe, port_of(listener)).taken_over.empty());
}

TEST_CASE("what its process has closed, and the other end has not, is not taken over") {
  auto probe = make_probe();
  if (!probe) return;
  Connection both;
  const std::uint64_t cookie = cookie_of(both.client);
  both.client = UniqueFd();
  const auto rest = seen(*probe, cookie);
  if (rest) CHECK_FALSE(rest->opening);
  CHECK(Told(*probe, port_of(both.listener)).taken_over == std::vector{cookie_of(both.accepted)});
}

TEST_CASE("what was taken over is closed by looks, and its end is told as no closing") {
  auto probe = make_probe();
  if (!probe) return;
  Connection both;
  look(*probe);
  CHECK(probe->take_events());
  const std::uint64_t cookie = cookie_of(both.client);
  both.client = UniqueFd();
  both.accepted = UniqueFd();
  CHECK_FALSE(seen(*probe, cookie));
  const Told told(*probe, port_of(both.listener));
  CHECK(told.taken_ended == 2);
  CHECK(told.closed == 0);
}

TEST_CASE("between looks the listeners are shown") {
  auto probe = make_probe();
  if (!probe) return;
  const Connection both;
  bool is_shown = false;
  const auto looked = probe->look_at_listeners(
      [&](const Socket& socket) { is_shown |= socket.cookie == cookie_of(both.listener); });
  REQUIRE(looked);
  CHECK(is_shown);
}

TEST_CASE("what was lost is shown as a look finds it, without an opening") {
  auto probe = make_probe({.flows = 2});
  if (!probe) return;
  const Connection told;
  const Connection lost;
  const auto shown = seen(*probe, cookie_of(lost.accepted));
  REQUIRE(shown);
  CHECK_FALSE(shown->opening);
  CHECK(Told(*probe, port_of(lost.listener)).lost >= 2);
}

TEST_CASE("a look says what it has left") {
  auto probe = make_probe();
  if (!probe) return;
  const UniqueFd listener = listen_anywhere();
  const UniqueFd client = connect_to(port_of(listener));  // and is not accepted
  CHECK_FALSE(Told(*probe, port_of(listener)).left);
  for (int looks = 0; looks < 2; ++looks) {
    look(*probe);
    const auto left = Told(*probe, port_of(listener)).left;
    REQUIRE(left);
    CHECK(left->now == 1);
  }
}

TEST_CASE("a UDP client that is bound to no address is told by the one that its route prefers") {
  auto probe = make_probe_of_datagrams();
  if (!probe) return;
  const UniqueFd server = serve();
  send_to(open_socket(), loopback(port_of(server)));
  CHECK(datagrams_told(*probe, port_of(server)) == "active 127.0.0.1 < 127.0.0.1\n");
}

TEST_CASE("a connected UDP socket is counted as it ends, unless two looks have met it") {
  auto probe = make_probe_of_datagrams();
  if (!probe) return;
  const UniqueFd server = serve();
  const auto ask_and = [&](const auto& meanwhile) {
    const UniqueFd client = connect_to(port_of(server), SOCK_DGRAM);
    ask(client, server);
    meanwhile(cookie_of(client));
  };
  const std::string served = "passive 127.0.0.1 < 127.0.0.1\n";
  ask_and([&](std::uint64_t cookie) { CHECK_FALSE(seen(*probe, cookie)); });
  CHECK(datagrams_told(*probe, port_of(server)) == "active 127.0.0.1 < 127.0.0.1\n" + served);
  ask_and([&](std::uint64_t cookie) {
    CHECK_FALSE(seen(*probe, cookie));
    const auto shown = seen(*probe, cookie);
    REQUIRE(shown);
    CHECK_FALSE(shown->is_counted);
  });
  CHECK(datagrams_told(*probe, port_of(server)) == served);
}

TEST_CASE("a look says that no datagrams are counted, and why") {
  auto probe = make_probe();
  if (!probe) return;
  const auto looked = probe->look(Remains::left_out, [](const Socket&) {});
  REQUIRE(looked);
  CHECK(looked->degradations.back() ==
        "UDP of sockets that are not connected is not seen: not asked for");
}

TEST_CASE("a look says that datagrams are counted in one container alone") {
  test::ControlGroup container;
  if (!container.is_there()) return;
  auto datagrams = UdpCounter::attach({.mounts = container.mounts()}, {});
  auto probe = make_probe({}, std::move(datagrams));
  if (!probe) return;
  const UniqueFd server = serve();
  send_to(open_socket(), loopback(port_of(server)));
  CHECK(datagrams_told(*probe, port_of(server)).empty());
  const auto looked = probe->look(Remains::left_out, [](const Socket&) {});
  REQUIRE(looked);
  REQUIRE_FALSE(looked->degradations.empty());
  CHECK(looked->degradations.back().find("beyond our container") != std::string::npos);
}
