// What can be checked of the daemon's costs without a clock: a tick at which nothing is new
// allocates nothing and looks at no process's descriptors. In a program of its own, since it counts
// every allocation of the process.
#include <doctest/doctest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "../join/proc_tree.h"
#include "probe/netlink_probe.h"
#include "store/memory_store.h"
#include "ttracerd/collector.h"
#include "ttracerd/store_intake.h"

namespace {

std::atomic<std::size_t> allocations = 0;
std::atomic<std::size_t> bytes_held = 0;

}  // namespace

// Where one of them alone is put in line, gcc 14 takes them for no pair.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  bytes_held += ::malloc_usable_size(memory);
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  bytes_held -= ::malloc_usable_size(memory);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

using namespace ttq;
using namespace std::chrono_literals;

namespace {

/// A server with 1,000 connections from two clients.
class SteadyProbe : public Probe {
 public:
  SteadyProbe() {
    add(SocketState::listen, {}, 0);
    for (std::uint16_t i = 0; i < 1000; ++i) {
      const auto* client = i % 2 == 0 ? "10.0.0.2" : "10.0.0.3";
      add(SocketState::established, Address::parse(client).value(),
          static_cast<std::uint16_t>(40'000 + i));
    }
  }
  Result<Snapshot> look(Remains, const SocketVisitor& visit) override {
    for (const Socket& socket : sockets_) visit(socket);
    Snapshot snapshot;
    snapshot.source = "netlink";
    return snapshot;
  }
  void measure(std::vector<Socket>&) override {}

 private:
  void add(SocketState state, const Address& client, std::uint16_t port) {
    Socket socket;
    socket.state = state;
    socket.local = {Protocol::tcp, Address::parse("10.0.0.1").value(), 80};
    socket.remote = {Protocol::tcp, client, port};
    socket.inode = socket.cookie = 10 + sockets_.size();
    sockets_.push_back(socket);
  }
  std::vector<Socket> sockets_;
};

/// Each look meets a thousand connections that were not there at the one before, all from one
/// client to one server, and all taken over.
class ChurningProbe : public Probe {
 public:
  Result<Snapshot> look(Remains, const SocketVisitor& visit) override {
    EventFlow flow{.role = Role::active, .listen = server, .client = Address{}, .program = {}};
    FlowEvents events{.flow = flow};
    for (std::uint16_t port = 1; port <= 1000; ++port) {
      Socket socket;
      socket.state = SocketState::established;
      socket.local = {Protocol::tcp, Address{}, port};
      socket.remote = server;
      socket.cookie = ++last_cookie_;
      socket.opening = Opening{};
      events_.taken_over.push_back({socket.cookie, flow, Duration(1)});
      visit(socket);
    }
    events.opened = events.traffic.attempts = 1000;
    events.taken_ended = last_cookie_ > 1000 ? 1000 : 0;
    events_.flows.push_back(events);
    return Snapshot{};
  }
  void measure(std::vector<Socket>&) override {}
  [[nodiscard]] bool tells_events() const override { return true; }
  Result<Events> take_events() override { return std::exchange(events_, {}); }

 private:
  const Endpoint server{Protocol::tcp, Address::parse("10.0.0.9").value(), 80};
  std::uint64_t last_cookie_ = 0;
  Events events_;
};

}  // namespace

TEST_CASE("what was taken over from events and has ended leaves nothing behind") {
  test::ProcTree proc;
  ChurningProbe probe;
  MemoryStore store;
  HealthBoard board;
  StoreIntake intake(store, board);
  Collector collector(probe, SocketOwners(proc.reader()), Callers(proc.reader()), intake,
                      PortRange{}, Pace{.window = 3600s, .flush = 3600s, .reconcile = 0s});
  const Time noon = parse_time("2026-01-02T12:00:00Z").value();
  for (int second = 0; second < 10; ++second) collector.tick(noon + second * 1s);
  const std::size_t before = bytes_held;
  for (int second = 10; second < 100; ++second) collector.tick(noon + second * 1s);
  CHECK(board.read().looks == 100);
  CHECK(bytes_held <= before + 4096);
}

TEST_CASE("a tick at which nothing is new allocates nothing") {
  test::ProcTree proc;
  proc.write("loadavg", "0.20 0.18 0.12 1/80 40\n");
  proc.add({.pid = 1, .ppid = 0});
  proc.add({.pid = 40, .comm = "nginx"});
  for (int i = 0; i <= 1000; ++i) proc.put(40, 3 + i, static_cast<Inode>(10 + i));
  SteadyProbe probe;
  MemoryStore store;
  HealthBoard board;
  StoreIntake intake(store, board);
  Collector collector(probe, SocketOwners(proc.reader()), Callers(proc.reader()), intake,
                      PortRange{}, Pace{.interval = 1s, .window = 60s, .flush = 60s});
  const Time noon = parse_time("2026-01-02T12:00:00Z").value();
  for (int second = 0; second < 3; ++second) collector.tick(noon + second * 1s);
  const std::size_t before = allocations;
  for (int second = 3; second < 20; ++second) collector.tick(noon + second * 1s);
  CHECK(allocations - before == 0);
  CHECK(board.read().connections == 1000);
  CHECK(board.read().unknown_owners == 0);
  CHECK(board.read().owner_scans == 1);
}

TEST_CASE("a dump allocates nothing, however many sockets there are") {
  auto handle = NetlinkHandle::open();
  REQUIRE(handle);
  NetlinkProbe probe(std::move(*handle), "/proc");
  std::size_t rows = 0;
  const SocketVisitor count = [&](const Socket&) { ++rows; };
  REQUIRE(probe.look(Remains::asked_for, count));
  const std::size_t before = allocations;
  const auto snapshot = probe.look(Remains::asked_for, count);
  const std::size_t during = allocations - before;
  REQUIRE(snapshot);
  if (snapshot->source == "netlink" && snapshot->degradations.empty()) CHECK(during == 0);
}
