// A collector to whom events tell what happens between looks, with a scripted probe.
#include <doctest/doctest.h>

#include <utility>

#include "../join/proc_tree.h"
#include "store/memory_store.h"
#include "ttracerd/collector.h"
#include "ttracerd/store_intake.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

Endpoint tcp(std::string_view address, std::uint16_t port) {
  return {Protocol::tcp, Address::parse(address).value(), port};
}

class EventProbe : public Probe {
 public:
  Result<Snapshot> look(Remains remains, const SocketVisitor& visit) override {
    if (fault) return *fault;
    ++looks;
    if (remains == Remains::asked_for) ++looks_at_remains;
    for (const Socket& row : sockets) visit(row);
    return snapshot();
  }
  Result<Snapshot> look_at_listeners(const SocketVisitor& visit) override {
    if (fault) return *fault;
    ++looks_at_listeners;
    for (const Socket& row : sockets) {
      if (row.state == SocketState::listen) visit(row);
    }
    return snapshot();
  }
  void measure(std::vector<Socket>&) override {}
  [[nodiscard]] bool tells_events() const override { return true; }
  Result<Events> take_events() override {
    if (deaf) return *deaf;
    return std::exchange(events, {});
  }

  std::vector<Socket> sockets;
  Events events;
  std::optional<Fault> fault;
  std::optional<Fault> deaf;  ///< of events alone
  int looks = 0;
  int looks_at_remains = 0;
  int looks_at_listeners = 0;

 private:
  static Snapshot snapshot() {
    Snapshot made;
    made.netns = 4711;
    made.source = "ebpf";
    return made;
  }
};

/// nginx on port 80, watched from noon on by looks that are a long time apart.
struct EventHost {
  EventHost() {
    proc.write("loadavg", "0.20 0.18 0.12 1/80 40\n");
    proc.add({.pid = 40, .comm = "nginx", .sockets = {7}});
    Socket listener;
    listener.state = SocketState::listen;
    listener.local = tcp("0.0.0.0", 80);
    listener.inode = listener.cookie = 7;
    probe.sockets = {listener};
  }
  void tick(Duration after) { collector.tick(noon + after); }
  void ticks(int from, int to) {
    for (int second = from; second <= to; ++second) tick(second * 1s);
  }
  /// Until the next tick, so many clients come and go.
  void is_visited(std::uint64_t times) {
    FlowEvents visits;
    visits.flow = {Role::passive, tcp("10.0.0.1", 80), Address::parse("10.0.0.2").value(), {}};
    visits.opened = visits.closed = times;
    probe.events.flows.push_back(visits);
  }
  std::vector<Flow> flows(Duration from, Duration to) {
    return store.flows({.span = {noon + from, noon + to}})->flows;
  }
  std::uint64_t visits(Duration from, Duration to) {
    std::uint64_t sum = 0;
    for (const Flow& flow : flows(from, to)) sum += flow.connections.opened;
    return sum;
  }
  std::uint64_t lost(Duration from, Duration to) {
    const auto coverage = store.coverage({noon + from, noon + to});
    std::uint64_t sum = 0;
    for (const Coverage& one : *coverage) sum += one.lost;
    return sum;
  }

  const Time noon = parse_time("2026-01-02T12:00:00Z").value();
  test::ProcTree proc;
  EventProbe probe;
  MemoryStore store;
  HealthBoard board;
  StoreIntake intake{store, board};
  Collector collector{
      probe, SocketOwners(proc.reader()), Callers(proc.reader()), intake, PortRange{}, Pace{}};
};

}  // namespace

TEST_CASE("what events tell is stored with the next flush, under its listener's name") {
  EventHost host;
  host.tick(0s);
  host.is_visited(3);
  host.ticks(1, 5);
  const auto flows = host.flows(0s, 60s);
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].owner.process->name == "nginx");
  CHECK(flows[0].key.netns == 4711);
  CHECK(flows[0].evidence == Evidence::event);
  CHECK(flows[0].connections.opened == 3);
}

TEST_CASE("ticks between looks look at the listeners alone") {
  EventHost host;
  host.ticks(0, 20);
  CHECK(host.probe.looks + host.probe.looks_at_listeners == 21);
  CHECK(host.board.read().looks == static_cast<std::uint64_t>(host.probe.looks));
  CHECK(host.board.read().ticks == 21);
}

TEST_CASE("a listener that comes between two looks is known at once") {
  EventHost host;
  host.ticks(0, 2);
  host.proc.add({.pid = 41, .comm = "redis", .sockets = {8}});
  Socket listener = host.probe.sockets.front();
  listener.local = tcp("0.0.0.0", 6379);
  listener.inode = listener.cookie = 8;
  host.probe.sockets.push_back(listener);
  host.ticks(3, 5);
  CHECK(host.store.listeners({host.noon, host.noon + 60s})->size() == 2);
}

TEST_CASE("what remains of connections is asked for once, at the first look") {
  EventHost host;
  host.ticks(0, 40);
  CHECK(host.probe.looks > 1);
  CHECK(host.probe.looks_at_remains == 1);
}

TEST_CASE("a first look that fails has asked for nothing, and the next one asks") {
  EventHost host;
  host.probe.fault = Fault{"the kernel is not in the mood"};
  host.tick(0s);
  host.probe.fault = std::nullopt;
  host.tick(1s);
  CHECK(host.probe.looks_at_remains == 1);
}

TEST_CASE("a look that fails keeps what events tell for the next") {
  EventHost host;
  host.tick(0s);
  host.is_visited(3);
  host.probe.fault = Fault{"the kernel is not in the mood"};
  host.tick(1s);
  host.probe.fault = std::nullopt;
  host.ticks(2, 5);
  CHECK(host.visits(0s, 60s) == 3);
}

TEST_CASE("events that cannot be read are a failed tick, and told by the next") {
  EventHost host;
  host.tick(0s);
  host.is_visited(3);
  host.probe.deaf = Fault{"the table is not in the mood"};
  host.tick(1s);
  CHECK(host.board.read().failed_ticks == 1);
  host.probe.deaf = std::nullopt;
  host.ticks(2, 5);
  CHECK(host.visits(0s, 60s) == 3);
}

TEST_CASE("what was told too late for its window counts in the next, and once") {
  EventHost host;
  host.ticks(0, 59);
  host.is_visited(3);
  host.ticks(60, 65);
  CHECK(host.visits(0s, 60s) == 0);
  CHECK(host.visits(60s, 120s) == 3);
}

TEST_CASE("events that were lost are told with the window that they were lost in") {
  EventHost host;
  host.tick(0s);
  host.probe.events.lost = 5;
  host.ticks(1, 70);
  CHECK(host.lost(0s, 60s) == 5);
  CHECK(host.lost(60s, 120s) == 0);
  CHECK(host.board.read().lost_events == 5);
}

TEST_CASE("an ending that nobody told of is one that was lost") {
  EventHost host;
  host.tick(0s);
  host.is_visited(1);
  host.probe.events.flows.back().closed = 0;
  host.ticks(1, 3);
  for (int looks = 0; looks < 2; ++looks) {
    host.probe.events.left.emplace();
    host.tick(4s + looks * 1s);
  }
  host.ticks(6, 60);
  CHECK(host.lost(0s, 60s) == 1);
  CHECK(host.board.read().lost_events == 1);
  REQUIRE(host.flows(0s, 60s).size() == 1);
  CHECK(host.flows(0s, 60s).front().connections.closed == 1);
}

TEST_CASE("trap 25: events that were lost before a gap are not told again after it") {
  EventHost host;
  host.tick(0s);
  host.probe.events.lost = 5;
  host.ticks(1, 5);
  host.ticks(20, 30);
  host.collector.flush();
  CHECK(host.lost(0s, 60s) == 5);
}

TEST_CASE("what was found instead of told is counted for whoever watches the daemon") {
  EventHost host;
  host.tick(0s);
  Socket found;
  found.state = SocketState::established;
  found.local = tcp("10.0.0.1", 40'000);
  found.remote = tcp("10.0.0.9", 5432);
  found.inode = found.cookie = 9;
  host.probe.sockets.push_back(found);
  host.ticks(1, 90);
  CHECK(host.board.read().unannounced == 1);
}
