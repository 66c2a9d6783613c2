#include "relay/records.h"

#include <doctest/doctest.h>

#include "relay/heard.h"
#include "store/records.h"

using namespace ttq;
using namespace ttq::test;

namespace {

/// A batch in which everything that may be absent is there once, and absent once.
WindowBatch full_batch() {
  Flow known = flow("10.0.0.11", minute(3), {1, 2, 3, 4, 5, 6});
  known.owner.process->container = std::string(64, 'c');
  known.traffic = Traffic{1, 2, 3, 4, 5, ~std::uint64_t{0}};
  Flow bare = owned_by(known, Owner::of({.key = {.pid = 3}, .name = "", .pgid = std::nullopt}));
  bare.key.listen.proto = Protocol::udp;
  bare.key.role = Role::active;
  bare.traffic = std::nullopt;
  bare.evidence = Evidence::event;
  const Flow nobodys = owned_by(bare, Owner::nobody(UnknownOwner::kernel));
  Listener v6 = listener(80, minute(3));
  v6.v6only = true;
  return {.window = minute(3),
          .last_look = minute(3).start + std::chrono::milliseconds(1234),
          .counting = ~std::uint64_t{0},
          .flows = {known, bare, nobodys},
          .removed = {known.key},
          .listeners = {listener(22, minute(3)), v6},
          .coverage = watched(minute(3))};
}

Health some_health() {
  return {.started = minute(1).start,
          .last_tick = minute(2).start,
          .interval = std::chrono::milliseconds(250),
          .achieved_interval = std::chrono::milliseconds(300),
          .ticks = 60,
          .unknown_owners = 7,
          .join_seconds_total = 1.5,
          .failed_flushes = 8,
          .server_restarts = 9,
          .last_fault = "no",
          .probe = "ebpf",
          .probe_reason = "",
          .degradations = {"one", "two"},
          .collector = Footprint{std::chrono::nanoseconds(1'234'567), 8'192}};
}

std::vector<std::string> records_of(const WindowBatch& batch) {
  std::vector<std::string> records;
  REQUIRE(tell_batch(batch, [&](std::string_view record) {
    records.emplace_back(record);
    return Result<void>();
  }));
  return records;
}

/// Reads all of these after a greeting; false: one was refused.
bool read_all(Heard& heard, const std::vector<std::string>& records) {
  RecordReader reader(heard);
  REQUIRE(reader.read(encode_hello()));
  for (const std::string& record : records) {
    if (!reader.read(record)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a batch is told as it was") {
  const WindowBatch batch = full_batch();
  Heard heard;
  REQUIRE(read_all(heard, records_of(batch)));
  REQUIRE(heard.batches.size() == 1);
  CHECK(same(heard.batches[0], batch));
}

TEST_CASE("a batch of nothing but its window is told, too") {
  const WindowBatch batch{.window = minute(1), .last_look = minute(1).start};
  Heard heard;
  REQUIRE(read_all(heard, records_of(batch)));
  REQUIRE(heard.batches.size() == 1);
  CHECK(same(heard.batches[0], batch));
}

TEST_CASE("many flows are many records, and none is too long") {
  WindowBatch batch = full_batch();
  for (int i = 0; i < 5000; ++i) {
    batch.flows.push_back(flow("10.1.0.1", minute(3), {.now = static_cast<std::uint64_t>(i)}));
    batch.flows.back().owner.process->exe = std::string(1000, 'x');
  }
  const auto records = records_of(batch);
  CHECK(records.size() > 80);
  for (const std::string& record : records) CHECK(record.size() <= max_record_bytes);
  Heard heard;
  REQUIRE(read_all(heard, records));
  REQUIRE(heard.batches.size() == 1);
  CHECK(same(heard.batches[0], batch));
}

TEST_CASE("health and addresses are told as they were") {
  const Health health = some_health();
  Heard heard;
  REQUIRE(read_all(heard, {encode_health(health), encode_addresses({address("10.0.0.1")})}));
  REQUIRE(heard.healths.size() == 1);
  CHECK(encode_health(heard.healths[0]) == encode_health(health));
  CHECK(heard.healths[0].ticks == 60);
  CHECK(heard.healths[0].server_restarts == 9);
  CHECK(heard.healths[0].join_seconds_total == 1.5);
  CHECK(heard.healths[0].degradations == std::vector<std::string>{"one", "two"});
  CHECK(heard.healths[0].achieved_interval == std::chrono::milliseconds(300));
  REQUIRE(heard.healths[0].collector);
  CHECK(heard.healths[0].collector->cpu == std::chrono::nanoseconds(1'234'567));
  CHECK(heard.healths[0].collector->resident_bytes == 8'192);
  CHECK(heard.addresses == std::vector<Address>{address("10.0.0.1")});
}

TEST_CASE("rule 1: what the collector does not know of itself is not told as nothing") {
  Health health;
  health.collector = Footprint{std::chrono::seconds(1), {}};
  Heard heard;
  REQUIRE(read_all(heard, {encode_health({}), encode_health(health)}));
  REQUIRE(heard.healths.size() == 2);
  CHECK_FALSE(heard.healths[0].collector);
  CHECK_FALSE(heard.healths[0].achieved_interval);
  REQUIRE(heard.healths[1].collector);
  CHECK_FALSE(heard.healths[1].collector->resident_bytes);
}

TEST_CASE("the collector does not tell what the server takes") {
  Health health;
  health.server = Footprint{std::chrono::seconds(1), 1};
  CHECK(encode_health(health) == encode_health({}));
}

TEST_CASE("figures that are cut off anywhere, or go on, are refused") {
  const std::string record = encode_health(some_health());
  for (std::size_t size = 0; size < record.size(); ++size) {
    Heard heard;
    CHECK_FALSE(read_all(heard, {record.substr(0, size)}));
    CHECK(heard.healths.empty());
  }
  Heard heard;
  CHECK_FALSE(read_all(heard, {record + '\0'}));
}

TEST_CASE("every byte of the figures may be anything, and what is read is told as it was read") {
  const std::string record = encode_health(some_health());
  for (std::size_t at = 1; at < record.size(); ++at) {
    for (const int flip : {1, 2, 0x80, 0xff}) {
      std::string changed = record;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      Heard heard;
      if (!read_all(heard, {changed})) continue;
      REQUIRE(heard.healths.size() == 1);
      Heard again;
      REQUIRE(read_all(again, {encode_health(heard.healths[0])}));
      CHECK(encode_health(again.healths[0]) == encode_health(heard.healths[0]));
    }
  }
}

TEST_CASE("a batch that broke off is dropped when the next one begins") {
  const WindowBatch batch = full_batch();
  auto records = records_of(batch);
  const auto whole = records;
  records.pop_back();
  records.insert(records.end(), whole.begin(), whole.end());
  Heard heard;
  REQUIRE(read_all(heard, records));
  REQUIRE(heard.batches.size() == 1);
  CHECK(same(heard.batches[0], batch));
}

TEST_CASE("nothing is believed before the greeting, of another version, or after the farewell") {
  Heard heard;
  RecordReader reader(heard);
  CHECK_FALSE(reader.read(encode_health({})));
  CHECK_FALSE(reader.read("\x01\x7f"));
  CHECK_FALSE(reader.read(encode_health({})));
  REQUIRE(reader.read(encode_hello()));
  CHECK(reader.read(encode_health({})));
  CHECK_FALSE(reader.has_ended());
  CHECK(reader.read(encode_farewell()));
  CHECK(reader.has_ended());
  CHECK_FALSE(reader.read(encode_health({})));
}

TEST_CASE("a batch of which a record is missing is refused at its end") {
  const auto records = records_of(full_batch());
  for (std::size_t missing = 1; missing + 1 < records.size(); ++missing) {
    auto some = records;
    some.erase(some.begin() + static_cast<std::ptrdiff_t>(missing));
    Heard heard;
    CHECK_FALSE(read_all(heard, some));
    CHECK(heard.batches.empty());
  }
}

TEST_CASE("a record that is cut off anywhere is refused, or is a whole one of fewer entries") {
  for (const std::string& record : records_of(full_batch())) {
    for (std::size_t size = 0; size < record.size(); ++size) {
      const std::string begin = records_of({.window = minute(1), .last_look = {}}).front();
      Heard heard;
      const bool is_read = read_all(heard, {begin, record.substr(0, size)});
      if (is_read) CHECK(heard.batches.empty());
    }
  }
}

TEST_CASE("every byte of a record may be anything") {
  const auto records = records_of(full_batch());
  for (std::size_t which = 0; which < records.size(); ++which) {
    for (std::size_t at = 0; at < records[which].size(); ++at) {
      for (const int flip : {1, 0x80, 0xff}) {
        auto changed = records;
        changed[which][at] = static_cast<char>(changed[which][at] ^ flip);
        Heard heard;
        read_all(heard, changed);  // does not crash, and hands on no more than there is
        CHECK(heard.batches.size() <= 1);
      }
    }
  }
}

TEST_CASE("a window that is none is refused") {
  for (const Duration length : {Duration(0), Duration(-1), Duration(std::chrono::hours(2))}) {
    Heard heard;
    const WindowBatch batch{.window = {minute(1).start, length}, .last_look = {}};
    CHECK_FALSE(read_all(heard, records_of(batch)));
  }
}

TEST_CASE("whoever cannot take a record over ends what is being told") {
  int taken = 0;
  const auto told = tell_batch(full_batch(), [&](std::string_view) -> Result<void> {
    if (++taken == 2) return Fault{"enough"};
    return {};
  });
  REQUIRE_FALSE(told);
  CHECK(told.error().message == "enough");
  CHECK(taken == 2);
}
