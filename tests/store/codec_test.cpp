#include "store/codec.h"

#include <doctest/doctest.h>

#include <functional>
#include <random>

#include "base/bytes.h"
#include "store/chunk.h"
#include "store/keys.h"
#include "store/owner_codec.h"
#include "store/records.h"
#include "store/seal.h"
#include "store/sweep.h"

using namespace ttq;
using namespace ttq::test;

namespace {

struct Record {
  std::string key;
  std::string value;
};

const Slot slot_of_rows{minute(7), minute(7).start + std::chrono::milliseconds(120),
                        minute(7).start + std::chrono::seconds(58)};

/// Rows that use each of the ways to spell one. Their owners are pieces of `owners`.
std::vector<Row> rows_of_all_kinds(const std::vector<std::string>& owners) {
  Row plain{.window = minute(7), .counts = {2, 2}, .note = 1, .owner = owners.at(0)};
  Row same = plain;
  same.window = minute(8);
  Row after_a_gap{.window = minute(20),
                  .first_seen = minute(0).start,  // long before its window
                  .last_seen = minute(20).start + std::chrono::seconds(7),
                  .counts = {1, 200, 300, 40'000, 5, ~std::uint64_t{0}},
                  .note = 5,
                  .owner = owners.at(1)};
  Row brief = after_a_gap;
  brief.window = {minute(21).start, std::chrono::seconds(1)};
  brief.counts = {0, 9};
  Row overlapping = plain;
  overlapping.window = {minute(21).start, std::chrono::minutes(30)};
  Row told = plain;
  told.window = minute(51);
  told.traffic = {1, 70'000, ~std::uint64_t{0}, 200, 4'000'000, 3};
  Row nothing_told = told;
  nothing_told.window = minute(52);
  nothing_told.traffic = std::nullopt;
  Row told_of_nothing = told;
  told_of_nothing.window = minute(53);
  told_of_nothing.traffic = Traffic{};
  return {plain, same, after_a_gap, brief, overlapping, told, nothing_told, told_of_nothing};
}

std::vector<std::string> two_owners() {
  return {encode_owner(Owner::of(process("nginx", 4656))),
          encode_owner(Owner::nobody(UnknownOwner::kernel))};
}

bool are_same(const Row& a, const Row& b) {
  return a.window == b.window && a.first_seen == b.first_seen && a.last_seen == b.last_seen &&
         a.counts == b.counts && a.note == b.note && a.owner == b.owner && a.traffic == b.traffic;
}

std::string flow_chunk_key() {
  return chunk_key(RecordKind::fine_flow, minute(0).start,
                   flow_series(flow("10.0.0.11", minute(7), {}).key));
}

std::string listener_chunk_key() {
  return chunk_key(RecordKind::coarse_listener, coarse_bucket(minute(0).start),
                   listener_series(listener(80, minute(7))));
}

Record encoded_chunk(const std::string& key) {
  return {key, encode_chunk(key, rows_of_all_kinds(two_owners()))};
}

Record encoded(const Coverage& coverage) {
  const std::string key = coverage_key(coverage.span.since);
  return {key, encode_coverage(key, coverage)};
}

/// Whether any decoder takes the record: none must crash on it either.
bool accepted(const Record& r) {
  const bool results[] = {
      decode_chunk(r.key, r.value).has_value(),    decode_hour(r.key, r.value).has_value(),
      decode_coverage(r.key, r.value).has_value(), decode_window(r.key, r.value).has_value(),
      decode_meta(r.key, r.value).has_value(),     decode_counting(r.key, r.value).has_value()};
  return std::any_of(std::begin(results), std::end(results), std::identity{});
}

Slot slot_of_hour() {
  return {{minute(0).start, std::chrono::hours(1)}, minute(0).start, minute(59).start};
}

std::vector<Record> one_of_each() {
  const std::string window = window_key(minute(7));
  const std::string hour = hour_key(minute(0).start);
  const std::string meta = meta_key("schema");
  return {encoded_chunk(flow_chunk_key()),
          encoded_chunk(listener_chunk_key()),
          encoded(watched(minute(7))),
          Record{window, encode_window(window, slot_of_rows)},
          Record{hour, encode_hour(hour, {slot_of_hour(), true})},
          Record{meta, encode_meta(meta, "1")},
          Record{counting_key(), encode_counting(counting_key(), {minute(7), 4711})}};
}

}  // namespace

TEST_CASE("every field of every row comes back") {
  const auto owners = two_owners();
  const auto rows = rows_of_all_kinds(owners);
  for (const std::string& key : {flow_chunk_key(), listener_chunk_key()}) {
    const std::string chunk = encode_chunk(key, rows);
    const auto found = decode_chunk(key, chunk);
    REQUIRE(found.has_value());
    REQUIRE(found->size() == rows.size());
    for (std::size_t n = 0; n < rows.size(); ++n) {
      CAPTURE(n);
      CHECK(are_same((*found)[n], rows[n]));
    }
  }
}

TEST_CASE("a window more of a flow that merely stands is one byte") {
  const auto owners = two_owners();
  std::vector<Row> rows{rows_of_all_kinds(owners).front()};
  const std::string key = flow_chunk_key();
  const std::size_t one = encode_chunk(key, rows).size();
  for (int n = 8; n < 60; ++n) {
    rows.push_back(rows.back());
    rows.back().window = minute(n);
  }
  CHECK(encode_chunk(key, rows).size() == one + 52);
}

TEST_CASE("events that told of one window cost the next one nothing") {
  const auto owners = two_owners();
  std::vector<Row> rows{rows_of_all_kinds(owners).front()};
  rows.back().traffic = {1, 2, 3, 4, 5, 6};
  const std::string key = flow_chunk_key();
  const std::size_t one = encode_chunk(key, rows).size();
  rows.push_back(rows.back());
  rows.back().window = minute(8);
  rows.back().traffic = std::nullopt;
  CHECK(encode_chunk(key, rows).size() == one + 1);
}

TEST_CASE("a row with a flag that was never given is corrupt") {
  const auto owners = two_owners();
  const auto row_with = [&](std::uint64_t flags) {
    const std::string key = flow_chunk_key();
    ChunkWriter writer(minute(0).start);
    writer.add(rows_of_all_kinds(owners).front());
    const std::string first = std::move(writer).finish(key);
    ByteWriter body = begin_value();
    body.raw(*unseal(key, first));
    body.varint(flags);
    return decode_chunk(key, seal(key, std::move(body)));
  };
  CHECK(row_with(0)->size() == 2);
  CHECK_FALSE(row_with(512).has_value());
}

TEST_CASE("a chunk without a row is corrupt, and the sweep does not look for its last one") {
  const std::string key = flow_chunk_key();
  const std::string empty = encode_chunk(key, {});
  CHECK_FALSE(decode_chunk(key, empty).has_value());
  Floor floor;
  floor.set(minute(1).start);
  std::string rest;
  bool is_cut = false;
  CHECK_FALSE(FloorFilter(floor).Filter(0, key, empty, &rest, &is_cut));
  CHECK_FALSE(is_cut);
}

TEST_CASE("every field of an owner comes back") {
  Process full = process("nginx", 4656);
  full.container = std::string(64, 'c');
  const Process bare{.key = {.mark = 9}, .name = "", .groups = 12};
  for (const Owner& owner :
       {Owner::of(full), Owner::of(bare), Owner::nobody(UnknownOwner::kernel)}) {
    CHECK(decode_owner(encode_owner(owner), owner.key()) == owner);
  }
  for (std::size_t size = 0; size < encode_owner(Owner::of(full)).size(); ++size) {
    CHECK_FALSE(decode_owner(encode_owner(Owner::of(full)).substr(0, size), full.key));
  }
}

TEST_CASE("every field of a coverage and of the small records comes back") {
  const Coverage lossy{minutes(7, 90), std::chrono::milliseconds(1234), 77, 300};
  CHECK(decode_coverage(encoded(lossy).key, encoded(lossy).value) == lossy);
  const std::string window = window_key(minute(7));
  CHECK(decode_window(window, encode_window(window, slot_of_rows)) == slot_of_rows);
  const std::string hour = hour_key(minute(0).start);
  for (const bool folded : {false, true}) {
    const auto record = decode_hour(hour, encode_hour(hour, {slot_of_hour(), folded}));
    REQUIRE(record.has_value());
    CHECK(record->slot == slot_of_hour());
    CHECK(record->folded == folded);
  }
  const Counting counting{minute(7), ~std::uint64_t{0}};
  CHECK(decode_counting(counting_key(), encode_counting(counting_key(), counting)) == counting);
  CHECK(decode_meta(meta_key("x"), encode_meta(meta_key("x"), "text")) == "text");
}

TEST_CASE("each flipped bit of key or value is found, in every kind of record") {
  for (const Record& record : one_of_each()) {
    REQUIRE(accepted(record));
    for (std::size_t bit = 0; bit < 8 * (record.key.size() + record.value.size()); ++bit) {
      Record damaged = record;
      const std::size_t byte = bit / 8;
      char& victim =
          byte < record.key.size() ? damaged.key[byte] : damaged.value[byte - record.key.size()];
      victim = static_cast<char>(victim ^ (1 << (bit % 8)));
      CAPTURE(bit);
      CHECK_FALSE(accepted(damaged));
    }
  }
}

TEST_CASE("a changed byte is found whatever it became") {
  const Record record = encoded_chunk(flow_chunk_key());
  for (std::size_t at = 0; at < record.value.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      Record damaged = record;
      damaged.value[at] = static_cast<char>(byte);
      CHECK(accepted(damaged) == (damaged.value == record.value));
    }
  }
}

TEST_CASE("a record cut short or with something added is corrupt") {
  for (const Record& record : one_of_each()) {
    for (std::size_t size = 0; size < record.value.size(); ++size) {
      CHECK_FALSE(accepted({record.key, record.value.substr(0, size)}));
    }
    for (std::size_t size = 0; size < record.key.size(); ++size) {
      CHECK_FALSE(accepted({record.key.substr(0, size), record.value}));
    }
    CHECK_FALSE(accepted({record.key, record.value + "x"}));
    CHECK_FALSE(accepted({record.key + "x", record.value}));
  }
}

TEST_CASE("a value under another key is corrupt") {
  const Record a = encoded_chunk(flow_chunk_key());
  const Record b = encoded_chunk(listener_chunk_key());
  CHECK_FALSE(accepted({a.key, b.value}));
}

TEST_CASE("bytes that carry a right checksum and say nonsense are corrupt, never a crash") {
  std::mt19937 random(7);
  const auto good = one_of_each();
  int taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    ByteWriter body = begin_value();
    for (auto size = random() % 80; size > 0; --size) {
      body.byte(static_cast<std::uint8_t>(random() % (round % 2 == 0 ? 256 : 8)));
    }
    for (const Record& record : good) {
      if (accepted({record.key, seal(record.key, body)})) ++taken;
    }
  }
  CHECK(taken < 20'000);
}

TEST_CASE("the chunks of a bucket lie together, in the order of their series") {
  const std::string a = flow_series(flow("10.0.0.11", minute(7), {}).key);
  const std::string b = flow_series(flow("10.0.0.12", minute(7), {}).key);
  const auto key = [](const std::string& series, int n) {
    return chunk_key(RecordKind::fine_flow, fine_bucket(minute(n)), series);
  };
  CHECK(key(a, 7) == key(a, 59));
  CHECK(key(a, 7) < key(b, 7));
  CHECK(key(b, 7) < key(a, 60));
  CHECK(key(b, 255 * 60) < key(a, 256 * 60));
  CHECK(decode_chunk_key(key(b, 61))->series == b);
  CHECK(decode_chunk_key(key(b, 61))->bucket == minute(60).start);
}

TEST_CASE("a chunk of brief windows is one of ten minutes, so that it stays small") {
  const Window second{minute(19).start, std::chrono::seconds(1)};
  CHECK(fine_bucket(second) == minute(10).start);
  CHECK(fine_bucket({minute(120).start, std::chrono::hours(1)}) == minute(120).start);
}

TEST_CASE("trap 6: the same flow in two network namespaces is two flows") {
  Flow here = flow("127.0.0.1", minute(7), {});
  Flow there = here;
  there.key.netns = 4026532000;
  CHECK(flow_series(here.key) != flow_series(there.key));
  CHECK(decode_flow_series(flow_series(there.key)) == there.key);
}

TEST_CASE("numbers of every size read back as they were written") {
  ByteWriter out;
  for (unsigned bit = 0; bit < 64; ++bit) {
    out.varint(std::uint64_t{1} << bit);
    out.zigzag(std::int64_t{-1} * (std::int64_t{1} << (bit % 63)));
  }
  const std::string bytes = std::move(out).take();
  ByteReader in(bytes);
  for (unsigned bit = 0; bit < 64; ++bit) {
    CHECK(in.varint() == std::uint64_t{1} << bit);
    CHECK(in.zigzag() == std::int64_t{-1} * (std::int64_t{1} << (bit % 63)));
  }
  CHECK(in.done());
}

TEST_CASE("a varint without an end is no number") {
  ByteReader in("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
  CHECK(in.varint() == 0);
  CHECK_FALSE(in.done());
}
