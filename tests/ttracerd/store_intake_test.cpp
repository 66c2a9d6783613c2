#include "ttracerd/store_intake.h"

#include <doctest/doctest.h>

#include "store/memory_store.h"
#include "store/records.h"
#include "store_in_front.h"

using namespace ttq;
using namespace ttq::test;

namespace {

/// A disk that is full, on demand.
class FullStore : public StoreInFront {
 public:
  using StoreInFront::StoreInFront;
  Result<void> write(const WindowBatch& batch) override {
    if (is_full) return Fault{"no space left"};
    return StoreInFront::write(batch);
  }
  bool is_full = false;
};

struct Server {
  void take(WindowBatch batch) { REQUIRE(intake.take(batch)); }
  std::vector<Flow> flows(const Window& window) {
    return store.flows({.span = window.span()})->flows;
  }

  MemoryStore memory;
  FullStore store{memory};
  HealthBoard board;
  StoreIntake intake{store, board};
};

WindowBatch batch_of(const Window& window, std::vector<Flow> flows) {
  return {.window = window,
          .last_look = window.start + std::chrono::seconds(58),
          .flows = std::move(flows),
          .coverage = watched(window)};
}

}  // namespace

TEST_CASE("what the store does not take is written with the next batch of its window") {
  Server server;
  server.store.is_full = true;
  server.take(batch_of(minute(1), {flow("10.0.0.11", minute(1), {.now = 1})}));
  CHECK(server.board.read().failed_flushes == 1);
  CHECK(server.board.read().last_fault == "no space left");
  CHECK(server.board.read().degradations ==
        std::vector<std::string>{"what is seen cannot be written to the store"});
  server.store.is_full = false;
  server.take(batch_of(minute(1), {flow("10.0.0.12", minute(1), {.now = 1})}));
  CHECK(server.flows(minute(1)).size() == 2);
  const Health health = server.board.read();
  CHECK(health.flushes == 2);
  CHECK(health.last_fault.empty());
  CHECK(health.degradations.empty());
}

TEST_CASE("what could not be written before its window ended is lost, and not covered") {
  Server server;
  server.store.is_full = true;
  server.take(batch_of(minute(1), {flow("10.0.0.11", minute(1), {.now = 1})}));
  server.store.is_full = false;
  server.take(batch_of(minute(2), {}));
  CHECK(server.flows(minute(1)).empty());
  const auto coverage = server.store.coverage(minutes(0, 10));
  REQUIRE(coverage);
  REQUIRE(coverage->size() == 1);
  CHECK(coverage->front().span == minute(2).span());
}

TEST_CASE("a later batch is put over an earlier one") {
  const Flow gone = flow("10.0.0.11", minute(1), {.now = 1});
  const Flow stays = flow("10.0.0.12", minute(1), {.now = 1});
  Flow changed = flow("10.0.0.13", minute(1), {.now = 1});
  WindowBatch earlier = batch_of(minute(1), {gone, stays, changed});
  earlier.listeners = {listener(80, minute(1)), listener(81, minute(1))};
  earlier.removed = {changed.key};  // it has come back since, or it would not be in both
  changed.connections.now = 5;
  WindowBatch later = batch_of(minute(1), {changed});
  later.last_look += std::chrono::seconds(1);
  later.removed = {gone.key};
  later.listeners = {listener(81, minute(1))};
  later.coverage = std::nullopt;
  const WindowBatch both = put_over(earlier, later);
  CHECK(both.flows == std::vector<Flow>{stays, changed});
  CHECK(both.removed == std::vector<FlowKey>{gone.key});
  CHECK(both.listeners.size() == 2);
  CHECK(both.last_look == later.last_look);
  CHECK(both.coverage == earlier.coverage);
}

TEST_CASE("health is what the collector says and what writing says, in one") {
  HealthBoard board;
  board.post(Health{.failed_flushes = 2, .degradations = {"half blind"}});
  board.post(Writing{.flushes = 10, .failed_flushes = 3, .last_fault = "no space left"});
  const Health health = board.read();
  CHECK(health.flushes == 10);
  CHECK(health.failed_flushes == 5);
  CHECK(health.degradations.size() == 2);
  board.post(Health{.last_fault = "blind"});
  CHECK(board.read().last_fault == "blind");
}

TEST_CASE(
    "what the server takes is known to whoever asks it alone, what the collector takes to all") {
  HealthBoard board;
  CHECK_FALSE(board.read().collector);
  board.post(Health{.collector = Footprint{std::chrono::seconds(2), 4096}});
  const Health health = board.read(Footprint{std::chrono::seconds(3), 8192});
  REQUIRE(health.collector);
  CHECK(health.collector->cpu == std::chrono::seconds(2));
  CHECK(health.collector->resident_bytes == 4096);
  REQUIRE(health.server);
  CHECK(health.server->cpu == std::chrono::seconds(3));
  CHECK(health.server->resident_bytes == 8192);
  CHECK_FALSE(board.read().server);
}
