// One writer, many readers: an answer is of one moment. Run it under ThreadSanitizer too.
#include <doctest/doctest.h>

#include <atomic>

#include "store/both_stores.h"

#if defined(__SANITIZE_THREAD__)
// The library is not instrumented: what it synchronises by its own atomics is not seen.
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:librocksdb.so\nrace:librocksdb.so\n";
}
#endif

using namespace ttq;
using namespace ttq::test;

namespace {

constexpr int windows = 600;
constexpr int clients = 5;

/// Every window adds one opened connection to each of the flows, in one batch.
WindowBatch step(int n) {
  WindowBatch batch{.window = minute(n), .coverage = watched(minute(n))};
  for (int client = 0; client < clients; ++client) {
    const auto ip = "10.0.0." + std::to_string(client);
    batch.flows.push_back(flow(ip, minute(n), {1, 1, 1, 0, 0, 0}));
  }
  return batch;
}

/// Whether all flows have the same count, as they have at any one moment.
bool is_of_one_moment(const std::vector<Flow>& flows) {
  for (const Flow& flow : flows) {
    if (flow.connections != flows.front().connections) return false;
  }
  return flows.empty() || flows.size() == clients;
}

void read_until(const std::atomic<bool>& stop, const Store& store, std::atomic<int>& torn) {
  while (!stop) {
    if (!is_of_one_moment(flows(store, minutes(0, windows)))) ++torn;
    if (!store.coverage(minutes(0, windows)) || !store.listeners(minutes(0, windows))) ++torn;
    if (store.figures().corrupt_records != 0) ++torn;
  }
}

}  // namespace

TEST_CASE_TEMPLATE("readers see whole batches while windows are written, folded and dropped", Kept,
                   BOTH_STORES) {
  Kept kept(Keeping{.full_resolution = std::chrono::hours(1), .retention = std::chrono::hours(4)});
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int n = 0; n < 2; ++n) {
    readers.emplace_back([&] { read_until(stop, kept.store(), torn); });
  }
  bool failed = false;
  for (int n = 0; n < windows && !failed; ++n) {
    failed = !kept.store().write(step(n)) || !kept.store().maintain(minute(n + 1).start);
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK_FALSE(failed);
  CHECK(torn == 0);
}
