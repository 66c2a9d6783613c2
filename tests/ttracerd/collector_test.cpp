// The whole way from a snapshot to the store, with a scripted probe and a /proc of files.
#include "ttracerd/collector.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "../join/proc_tree.h"
#include "store/memory_store.h"
#include "store_in_front.h"
#include "ttracerd/store_intake.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

class ScriptedProbe : public Probe {
 public:
  Result<Snapshot> look(Remains remains, const SocketVisitor& visit) override {
    if (remains == Remains::asked_for) ++looks_at_remains;
    if (fault) return *fault;
    for (const Socket& row : sockets) visit(row);
    return next;
  }
  void measure(std::vector<Socket>& asked) override { measured += asked.size(); }

  Snapshot next;
  std::vector<Socket> sockets;
  std::optional<Fault> fault;
  std::size_t looks_at_remains = 0;
  std::size_t measured = 0;
};

Endpoint tcp(std::string_view address, std::uint16_t port) {
  return {Protocol::tcp, Address::parse(address).value(), port};
}

Socket socket(SocketState state, Endpoint local, Endpoint remote, std::uint64_t inode) {
  Socket made;
  made.state = state;
  made.local = local;
  made.remote = remote;
  made.inode = made.cookie = inode;
  return made;
}

/// Counts what is written to another.
class CountingStore : public test::StoreInFront {
 public:
  using StoreInFront::StoreInFront;
  Result<void> write(const WindowBatch& batch) override {
    records += batch.flows.size() + batch.removed.size() + batch.listeners.size();
    return StoreInFront::write(batch);
  }

  std::size_t records = 0;
};

/// Another store behind it from some moment on, as when another server is told.
class Switch : public Intake {
 public:
  explicit Switch(Intake& first) : to(&first) {}
  Result<void> take(const WindowBatch& batch) override { return to->take(batch); }
  void post(const Health& health) override { to->post(health); }
  void post_addresses(const std::vector<Address>& told) override { to->post_addresses(told); }

  Intake* to;
};

/// nginx on port 80 with one client, watched from noon on.
struct WatchedNginx {
  WatchedNginx() {
    proc.add({.pid = 40, .comm = "nginx", .sockets = {7, 8}});
    probe.next.source = "netlink";
    probe.sockets = {listener, connection};
  }
  void tick(Duration after) { collector.tick(noon + after); }
  std::vector<Flow> flows(Duration from, Duration to) {
    return store.flows({.span = {noon + from, noon + to}})->flows;
  }
  std::vector<Coverage> coverage() { return *store.coverage({noon - 1h, noon + 1h}); }

  const Time noon = parse_time("2026-01-02T12:00:00Z").value();
  const Socket listener = socket(SocketState::listen, tcp("0.0.0.0", 80), tcp("0.0.0.0", 0), 7);
  const Socket connection =
      socket(SocketState::established, tcp("10.0.0.1", 80), tcp("10.0.0.2", 40000), 8);
  test::ProcTree proc;
  ScriptedProbe probe;
  MemoryStore store;
  HealthBoard board;
  StoreIntake intake{store, board};
  Collector collector{
      probe, SocketOwners(proc.reader()), Callers(proc.reader()), intake, PortRange{}, Pace{}};
};

}  // namespace

TEST_CASE("a socket becomes a stored flow in one tick") {
  WatchedNginx host;
  host.tick(0s);
  const auto flows = host.flows(0s, 60s);
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].owner.process->name == "nginx");
  CHECK(flows[0].key.role == Role::passive);
  CHECK(flows[0].connections.now == 1);
  const auto listeners = host.store.listeners({host.noon, host.noon + 60s});
  REQUIRE(listeners);
  REQUIRE(listeners->size() == 1);
  CHECK(listeners->front().owner.process->name == "nginx");
}

TEST_CASE("a tick in which nothing is new walks over no process and measures no socket") {
  WatchedNginx host;
  host.tick(0s);
  for (int second = 1; second < 10; ++second) host.tick(second * 1s);
  CHECK(host.board.read().owner_scans == 1);
  CHECK(host.probe.measured == 1);
}

TEST_CASE("trap 7: owners are looked up again once in each window") {
  WatchedNginx host;
  host.tick(59s);
  host.proc.remove(40);
  host.proc.add({.pid = 41, .comm = "successor", .start_time = 200, .sockets = {7, 8}});
  host.tick(60s);
  host.collector.flush();
  const auto flows = host.flows(60s, 120s);
  const auto named = std::count_if(flows.begin(), flows.end(), [](const Flow& flow) {
    return flow.owner.process && flow.owner.process->name == "successor";
  });
  CHECK(named == 1);
}

TEST_CASE("a listener whose process has gone is looked up at the next tick") {
  WatchedNginx host;  // a daemon forks, and its parent ends, between two looks
  host.tick(0s);
  host.tick(1s);
  host.proc.remove(40);
  host.proc.add({.pid = 41, .comm = "nginx", .start_time = 200, .sockets = {7, 8}});
  host.tick(2s);
  host.tick(3s);
  host.collector.flush();
  const auto listeners = host.store.listeners({host.noon, host.noon + 60s});
  REQUIRE(listeners);
  const bool named = std::any_of(listeners->begin(), listeners->end(), [&](const Listener& l) {
    return l.owner.process->key.pid == 41 && l.last_seen == host.noon + 3s;
  });
  CHECK(named);
}

TEST_CASE("what stands is seen until the last look, and a listener that closed until it closed") {
  WatchedNginx host;
  const auto listener_seen = [&] {
    return host.store.listeners({host.noon, host.noon + 60s})->front().last_seen - host.noon;
  };
  for (int second = 0; second <= 10; ++second) host.tick(second * 1s);
  host.collector.flush();
  CHECK(listener_seen() == 10s);
  CHECK(host.flows(0s, 60s)[0].last_seen == host.noon + 10s);
  host.probe.sockets = {host.connection};
  for (int second = 11; second <= 20; ++second) host.tick(second * 1s);
  host.collector.flush();
  CHECK(listener_seen() == 10s);
  CHECK(host.flows(0s, 60s)[0].last_seen == host.noon + 20s);
  host.probe.sockets = {host.listener, host.connection};
  for (int second = 21; second <= 30; ++second) host.tick(second * 1s);
  host.collector.flush();
  CHECK(listener_seen() == 30s);
}

TEST_CASE("trap 25: coverage is unbroken over windows, and a gap shows") {
  WatchedNginx host;
  for (int second = 50; second <= 70; ++second) host.tick(second * 1s);
  for (int second = 90; second <= 95; ++second) host.tick(second * 1s);
  host.collector.flush();
  const auto coverage = host.coverage();
  REQUIRE(coverage.size() == 2);
  CHECK(coverage[0].span == Span{host.noon + 50s, host.noon + 70s});
  CHECK(coverage[1].span == Span{host.noon + 90s, host.noon + 95s});
  CHECK(coverage[0].interval == 1s);
}

TEST_CASE("a tick that fails is counted, leaves what was known, and the next one goes on") {
  WatchedNginx host;
  host.tick(0s);
  host.probe.fault = Fault{"the kernel is not in the mood"};
  host.tick(1s);
  host.probe.fault = std::nullopt;
  host.tick(2s);
  const Health health = host.board.read();
  CHECK(health.ticks == 3);
  CHECK(health.failed_ticks == 1);
  CHECK(health.last_fault == "the kernel is not in the mood");
  CHECK(health.connections == 1);
  host.tick(7s);
  CHECK(host.board.read().last_fault.empty());  // it looks and writes again
}

TEST_CASE("a clock that is set back does not reopen a window that was closed") {
  WatchedNginx host;
  host.tick(61s);
  host.tick(30s);
  host.collector.flush();
  CHECK(host.flows(0s, 60s).empty());
  CHECK(host.flows(60s, 120s).size() == 1);
}

TEST_CASE("a clock that was far ahead and is set right is believed") {
  WatchedNginx host;
  host.tick(24h * 365);
  host.tick(60s);
  host.tick(61s);
  host.collector.flush();
  CHECK(host.flows(60s, 120s).size() == 1);
}

TEST_CASE("what closes is written at the next flush, within the window") {
  WatchedNginx host;
  host.tick(0s);
  host.probe.sockets.pop_back();
  host.tick(1s);
  CHECK(host.flows(0s, 60s)[0].connections.now == 1);  // not flushed yet
  host.tick(5s);
  CHECK(host.flows(0s, 60s)[0].connections.now == 0);
  CHECK(host.flows(0s, 60s)[0].connections.closed == 1);
}

TEST_CASE("a flush in which nothing has changed writes neither flows nor listeners again") {
  WatchedNginx host;
  CountingStore counting(host.store);
  StoreIntake intake(counting, host.board);
  Collector collector(host.probe, SocketOwners(host.proc.reader()), Callers(host.proc.reader()),
                      intake, PortRange{}, Pace{});
  collector.tick(host.noon);
  CHECK(counting.records == 2);  // the flow, the listener
  for (int second = 1; second < 59; ++second) collector.tick(host.noon + second * 1s);
  CHECK(counting.records == 2);
  CHECK(host.flows(0s, 60s)[0].last_seen == host.noon + 55s);  // the last flush
  host.probe.sockets.pop_back();
  collector.tick(host.noon + 59s);
  collector.flush();
  CHECK(counting.records == 3);
}

TEST_CASE("another server is told all of the open window with the next tick") {
  WatchedNginx host;
  MemoryStore another;
  StoreIntake intake(another, host.board);
  Switch both(host.intake);
  Collector collector(host.probe, SocketOwners(host.proc.reader()), Callers(host.proc.reader()),
                      both, PortRange{}, Pace{});
  collector.tick(host.noon);
  both.to = &intake;
  collector.tick(host.noon + 1s);
  CHECK(another.flows({.span = {host.noon, host.noon + 60s}})->flows.empty());
  collector.note_restart();
  collector.tell_again();
  collector.tick(host.noon + 2s);
  const auto flows = another.flows({.span = {host.noon, host.noon + 60s}})->flows;
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].first_seen == host.noon);
  CHECK(another.listeners({host.noon, host.noon + 60s})->size() == 1);
  CHECK(another.coverage({host.noon, host.noon + 60s})->front().span.since == host.noon);
  CHECK(host.board.read().server_restarts == 1);
}

TEST_CASE("another server is told at once how things stand") {
  WatchedNginx host;
  HealthBoard board;
  MemoryStore store;
  StoreIntake another(store, board);
  Switch both(host.intake);
  Collector collector(host.probe, SocketOwners(host.proc.reader()), Callers(host.proc.reader()),
                      both, PortRange{}, Pace{.interval = 1h});
  collector.tick(host.noon);
  both.to = &another;
  collector.tell_again();
  CHECK(board.read().ticks == 1);
  CHECK(board.read().interval == 1h);
}

TEST_CASE("looks that are far apart on purpose leave no gap, and their distance is told") {
  WatchedNginx host;
  for (int second = 0; second < 60; second += 10) {
    host.tick(second * 1s);
    host.collector.expect_pause(10s);
  }
  host.collector.flush();
  const auto coverage = host.coverage();
  REQUIRE(coverage.size() == 1);
  CHECK(coverage[0].span == Span{host.noon, host.noon + 50s});
  CHECK(coverage[0].interval == 10s);
}

TEST_CASE(
    "looks that the CPU budget holds back are a degradation, for a minute after the last one") {
  WatchedNginx host;
  const auto says_so = [&](Duration after, Duration pause) {
    host.tick(after);
    host.collector.expect_pause(pause);
    const auto degradations = host.board.read().degradations;
    return std::any_of(degradations.begin(), degradations.end(), [](const std::string& sentence) {
      return sentence.find("cpu_budget") != std::string::npos;
    });
  };
  CHECK_FALSE(says_so(0s, 1s));  // as is configured
  CHECK_FALSE(says_so(1s, 900ms));
  CHECK_FALSE(says_so(2s, 1001ms));
  CHECK(says_so(3s, 1s));
  CHECK(says_so(62s, 1s));
  CHECK_FALSE(says_so(63s, 90s));
  CHECK(says_so(153s, 1s));         // a pause that is longer than that minute
  CHECK_FALSE(says_so(-600s, 1s));  // the clock was set back: who knows how long that is
}

TEST_CASE("how far apart the last two looks were is told, and nothing before there were two") {
  WatchedNginx host;
  const auto achieved = [&] { return host.board.read().achieved_interval; };
  host.tick(0s);
  CHECK_FALSE(achieved());
  host.tick(1500ms);
  CHECK(achieved() == 1500ms);
  host.probe.fault = Fault{"blind"};
  host.tick(2s);
  host.probe.fault.reset();
  host.tick(4s);
  CHECK(achieved() == 2500ms);  // from the last one that saw something
  host.tick(3s);                // a clock that was set back stands still here
  CHECK_FALSE(achieved());
}

TEST_CASE("what the collector takes is told with the next tick") {
  WatchedNginx host;
  host.tick(0s);
  CHECK_FALSE(host.board.read().collector);
  host.collector.note(Footprint{5ms, 4096});
  host.tick(1s);
  REQUIRE(host.board.read().collector);
  CHECK(host.board.read().collector->cpu == 5ms);
}
