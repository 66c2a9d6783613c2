#include "store/codec.h"

#include <doctest/doctest.h>

#include <functional>
#include <random>

#include "store/bytes.h"
#include "store/keys.h"
#include "store/records.h"

using namespace ttq;
using namespace ttq::test;

namespace {

struct Record {
  std::string key;
  std::string value;
};

Record encoded(const Flow& flow, const Window& window = minute(7)) {
  const std::string key = record_key(flow_series(flow.key), window);
  return {key, encode_flow(key, flow)};
}

Record encoded(const Listener& listener) {
  const std::string key = record_key(listener_series(listener), minute(7));
  return {key, encode_listener(key, listener)};
}

Record encoded(const Coverage& coverage) {
  const std::string key = coverage_key(coverage.span.since);
  return {key, encode_coverage(key, coverage)};
}

/// Whether any decoder takes the record: none must crash on it either.
bool accepted(const Record& r) {
  const bool results[] = {
      decode_flow(r.key, r.value).has_value(), decode_listener(r.key, r.value).has_value(),
      decode_coverage(r.key, r.value).has_value(), decode_window(r.key, r.value).has_value(),
      decode_meta(r.key, r.value).has_value()};
  return std::any_of(std::begin(results), std::end(results), std::identity{});
}

std::vector<Record> one_of_each() {
  const std::string window = window_key(minute(7));
  const std::string meta = meta_key("schema");
  return {encoded(flow("10.0.0.11", minute(7), {1, 2, 3, 4, 5, 6})),
          encoded(listener(80, minute(7))), encoded(watched(minute(7))),
          Record{window, encode_window(window)}, Record{meta, encode_meta(meta, "1")}};
}

}  // namespace

TEST_CASE("every field of a flow comes back") {
  Flow full = flow("2001:db8::7", minute(7), {1, 2, 300, 40'000, 5, ~std::uint64_t{0}});
  full.owner.process->container = std::string(64, 'c');
  full.evidence = Evidence::event;
  Flow bare = owned_by(full, Owner::of({.key = {.mark = 9}, .name = "", .groups = 12}));
  bare.first_seen = minute(0).start;  // long before its window, which is how some connections are
  bare.key.role = Role::active;
  bare.key.listen.proto = Protocol::udp;
  const Flow unknown = owned_by(full, Owner::nobody(UnknownOwner::kernel));
  for (const Flow& flow : {full, bare, unknown}) {
    const Record record = encoded(flow);
    CHECK(decode_flow(record.key, record.value) == flow);
  }
}

TEST_CASE("every field of a listener, a coverage and the small records comes back") {
  Listener v6 = listener(443, minute(7));
  v6.v6only = true;
  for (const Listener& listener : {listener(80, minute(7)), v6}) {
    const Record record = encoded(listener);
    CHECK(decode_listener(record.key, record.value) == listener);
  }
  const Coverage lossy{minutes(7, 90), std::chrono::milliseconds(1234), 77};
  CHECK(decode_coverage(encoded(lossy).key, encoded(lossy).value) == lossy);
  const std::string key = window_key({minute(7).start, std::chrono::hours(1)});
  CHECK(decode_window(key, encode_window(key)) == Window{minute(7).start, std::chrono::hours(1)});
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
  const Record record = encoded(flow("10.0.0.11", minute(7), {1, 1, 1, 0, 0, 0}));
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
  const Record a = encoded(flow("10.0.0.11", minute(7), {}));
  const Record b = encoded(flow("10.0.0.12", minute(7), {}));
  CHECK_FALSE(accepted({a.key, b.value}));
}

TEST_CASE("bytes that carry a right checksum and say nonsense are corrupt, never a crash") {
  std::mt19937 random(7);
  const Record good = encoded(flow("10.0.0.11", minute(7), {}));
  int taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string body(random() % 80, '\0');
    for (char& byte : body) byte = static_cast<char>(random() % (round % 2 == 0 ? 256 : 8));
    for (const Record& record : one_of_each()) {
      // encode_meta() seals whatever it is given.
      if (accepted({record.key, encode_meta(record.key, body)})) ++taken;
    }
  }
  CHECK(taken >= 20'000);  // meta takes any text
  CHECK(taken < 2 * 20'000);
}

TEST_CASE("a flow's windows lie together and in the order of time") {
  const Flow a = flow("10.0.0.11", minute(7), {});
  const Flow b = flow("10.0.0.12", minute(7), {});
  const auto key = [](const Flow& flow, int n) {
    return record_key(flow_series(flow.key), minute(n));
  };
  CHECK(key(a, 7) < key(a, 8));
  CHECK(key(a, 255) < key(a, 256));
  CHECK(key(a, 100'000) < key(b, 0));
  CHECK(series_from(flow_series(a.key), minute(8).start) <= key(a, 8));
  CHECK(series_from(flow_series(a.key), minute(8).start) > key(a, 7));
  CHECK(series_end(flow_series(a.key)) > key(a, 100'000));
  CHECK(series_end(flow_series(a.key)) < key(b, 0));
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
