// The store in memory is the simple one: it says what the one on disk must answer.
#include <doctest/doctest.h>

#include <random>

#include "store/both_stores.h"

using namespace ttq;
using namespace ttq::test;

namespace {

constexpr Keeping keeping{.full_resolution = std::chrono::hours(1),
                          .retention = std::chrono::hours(5)};

using Random = std::mt19937;

Flow any_flow(Random& random, const Window& window) {
  const auto few = [&] { return std::uint64_t{random() % 5}; };
  Flow some = flow("10.0.0." + std::to_string(random() % 6), window,
                   {few(), few(), few(), few(), few(), few()});
  if (random() % 3 == 0) some.key.role = Role::active;
  if (random() % 4 == 0) some = owned_by(some, Owner::nobody(UnknownOwner::exited));
  if (random() % 3 == 0) some.traffic = {few(), few(), few(), few(), few(), few()};
  return some;
}

/// Of some looks the batch says when they were, of some nothing.
WindowBatch any_batch(Random& random, const Window& window) {
  WindowBatch batch{.window = window};
  if (random() % 2 == 0) batch.last_look = window.start + std::chrono::seconds(random() % 60);
  for (auto n = random() % 6; n > 0; --n) batch.flows.push_back(any_flow(random, window));
  if (random() % 4 == 0) batch.removed.push_back(any_flow(random, window).key);
  for (auto n = random() % 3; n > 0; --n) {
    batch.listeners.push_back(listener(static_cast<std::uint16_t>(random() % 4), window));
    batch.listeners.back().v6only = random() % 2 == 0;
    if (random() % 2 == 0) batch.listeners.back().last_seen = batch.last_look;
  }
  if (random() % 5 != 0) batch.coverage = watched(window);
  if (batch.coverage && random() % 8 == 0) batch.coverage->lost = random() % 3;
  return batch;
}

FlowQuery any_query(Random& random, int newest) {
  const auto some_minute = [&] { return static_cast<int>(random()) % (newest + 10); };
  FlowQuery query{.span = minutes(std::abs(some_minute()), std::abs(some_minute()) + 1)};
  if (random() % 4 == 0) query.role = Role::passive;
  if (random() % 4 == 0) query.name = "nginx";
  query.limit = 1 + random() % 9;
  return query;
}

void check_same(Store& memory, Store& disk, const FlowQuery& query) {
  const auto expected = memory.flows(query).value();
  const auto found = disk.flows(query).value();
  CHECK(found.flows == expected.flows);
  CHECK(found.next == expected.next);
  CHECK(disk.listeners(query.span).value() == memory.listeners(query.span).value());
  CHECK(disk.coverage(query.span).value() == memory.coverage(query.span).value());
  CHECK(disk.figures().oldest_window == memory.figures().oldest_window);
}

}  // namespace

TEST_CASE("whatever is written, folded and dropped, both stores answer alike") {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    InMemory memory(keeping);
    OnDisk disk(keeping);
    for (int n = 0; n < 600; n += 1 + static_cast<int>(random() % 7)) {
      for (auto flushes = 1 + random() % 3; flushes > 0; --flushes) {
        const WindowBatch batch = any_batch(random, minute(n));
        REQUIRE(memory.store().write(batch));
        REQUIRE(disk.store().write(batch));
      }
      const Time now = minute(n + 1).start;
      REQUIRE(memory.store().maintain(now));
      settle(disk.store(), now);
      check_same(memory.store(), disk.store(), any_query(random, n));
    }
  }
}
