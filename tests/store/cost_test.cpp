// What the store costs, counted and not timed: records, seeks, bytes.
#include <doctest/doctest.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include <algorithm>

#include "store/both_stores.h"
#include "store/keys.h"

using namespace ttq;
using namespace ttq::test;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<rocksdb::DB> raw(const std::filesystem::path& dir) {
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::OpenForReadOnly({}, dir.string(), &db);
  REQUIRE_MESSAGE(status.ok(), status.ToString());
  return std::unique_ptr<rocksdb::DB>(db);
}

std::vector<Flow> standing(int many, const Window& window) {
  std::vector<Flow> seen;
  for (int n = 0; n < many; ++n) {
    const auto ip = "10.0." + std::to_string(n / 250) + "." + std::to_string(n % 250);
    seen.push_back(flow(ip, window, {1, 1, 0, 0, 0, 0}));
    seen.back().first_seen = seen.back().last_seen = window.start + 100ms;
  }
  return seen;
}

/// A window in which all of them stand, flushed so many times more with nothing changed.
void write_standing(Store& store, int many, const Window& window, int more_flushes = 0) {
  WindowBatch batch{
      .window = window, .last_look = window.start + 100ms, .flows = standing(many, window)};
  REQUIRE(store.write(batch));
  batch.flows.clear();
  for (int n = 0; n < more_flushes; ++n) {
    batch.last_look += 5s;
    REQUIRE(store.write(batch));
  }
}

/// How many records the database has ever been given.
std::uint64_t records_written(OnDisk& kept) {
  kept.close();
  return raw(kept.database())->GetLatestSequenceNumber();
}

std::size_t records_of(OnDisk& kept, RecordKind kind) {
  kept.close();
  const auto db = raw(kept.database());
  const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}));
  std::size_t count = 0;
  for (at->Seek(kind_start(kind)); at->Valid() && is_kind(at->key().ToStringView(), kind);
       at->Next()) {
    ++count;
  }
  return count;
}

/// `days` days of hours, and then 90 minutes.
void write_days(Store& store, int many, int days) {
  const Time start = minute(0).start;
  for (int n = 0; n < days * 24; ++n) {
    write_standing(store, many, {start + n * 1h, 1h});
    for (int round = 0; round < 3; ++round) REQUIRE(store.maintain(start + (n + 1) * 1h));
  }
  for (int n = days * 24 * 60; n < days * 24 * 60 + 90; ++n) {
    write_standing(store, many, minute(n));
    REQUIRE(store.maintain(minute(n + 1).start));
  }
}

std::uint64_t seeks_of(const Store& store, const Span& span, int expected) {
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
  rocksdb::get_perf_context()->Reset();
  CHECK(flows(store, span).size() == static_cast<std::size_t>(expected));
  const auto seeks = rocksdb::get_perf_context()->seek_on_memtable_count;
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  return seeks;
}

}  // namespace

TEST_CASE("a flush in which nothing changed writes one record, however many flows stand") {
  OnDisk quiet;
  OnDisk busy;
  write_standing(quiet.store(), 50, minute(0));
  write_standing(busy.store(), 50, minute(0), 11);
  CHECK(records_written(busy) == records_written(quiet) + 11);
}

TEST_CASE("an hour of minutes is one chunk of each flow") {
  OnDisk kept;
  for (int n = 0; n < 60; ++n) write_standing(kept.store(), 7, minute(n));
  CHECK(records_of(kept, RecordKind::fine_flow) == 7);
}

TEST_CASE("a month of folded hours is at most five chunks of each flow, and nothing else") {
  OnDisk kept;
  write_days(kept.store(), 3, 30);
  for (int round = 0; round < 150; ++round) {  // two for each hour that is not folded yet
    REQUIRE(kept.store().maintain(minute(0).start + std::chrono::days(33)));
  }
  const auto days = [](int n) { return minute(0).start + std::chrono::days(n); };
  REQUIRE(flows(kept.store(), {days(0), days(31)}).size() == 3);
  CHECK(records_of(kept, RecordKind::coarse_flow) <= 3U * 5U);
  CHECK(records_of(kept, RecordKind::fine_flow) == 0);
  CHECK(records_of(kept, RecordKind::window) == 0);
}

TEST_CASE("a question is a few seeks, however many flows and days it is about") {
  std::vector<std::uint64_t> counted;
  for (const int many : {5, 300}) {
    OnDisk kept;
    write_days(kept.store(), many, 10);
    kept.reopen();  // RocksDB itself seeks past old versions that are still in memory
    const Time now = minute(10 * 24 * 60 + 90).start;
    for (const Duration length : {Duration(1h), Duration(24h), Duration(240h)}) {
      counted.push_back(seeks_of(kept.store(), {now - length, now}, many));
    }
  }
  REQUIRE(counted.size() == 6);
  for (std::size_t n = 0; n < 3; ++n) {
    CAPTURE(n);
    CHECK(counted[n] == counted[n + 3]);
    CHECK(counted[n] <= 12);
    CHECK(counted[n] >= 2);
  }
}
