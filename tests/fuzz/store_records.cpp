// Records of the store, and the sweep that leaves out what is past.
//
//   input := floor:8 size:1 key body        size: of the key
//
// A record's seal is over key and body, and no fuzzer finds one: so the body is sealed here. As
// they are, the bytes are decoded too.
#include "fuzz.h"
#include "store/chunk.h"
#include "store/codec.h"
#include "store/keys.h"
#include "store/owner_codec.h"
#include "store/seal.h"
#include "store/sweep.h"

using namespace ttq;

namespace {

bool are_same(const Row& a, const Row& b) {
  return a.window == b.window && a.first_seen == b.first_seen && a.last_seen == b.last_seen &&
         a.counts == b.counts && a.note == b.note && a.owner == b.owner && a.traffic == b.traffic;
}

void check_owner(std::string_view bytes) {
  const auto owner = decode_owner(bytes, {});
  if (!owner) return;
  fuzz::require(decode_owner(encode_owner(*owner), {}) == *owner, "an owner comes back");
}

void check_chunk(std::string_view key, std::string_view value) {
  const auto rows = decode_chunk(key, value);
  if (!rows) return;
  fuzz::require(!rows->empty(), "a chunk has a row");
  const std::string again = encode_chunk(key, *rows);
  const auto others = decode_chunk(key, again);
  fuzz::require(
      others && std::equal(rows->begin(), rows->end(), others->begin(), others->end(), are_same),
      "rows come back");
  for (const Row& row : *rows) check_owner(row.owner);
}

void check_small_records(const std::string& key, const std::string& value) {
  if (const auto slot = decode_window(key, value)) {
    fuzz::require(decode_window(key, encode_window(key, *slot)) == *slot, "a window comes back");
  }
  if (const auto coverage = decode_coverage(key, value); coverage && !coverage->span.empty()) {
    fuzz::require(decode_coverage(key, encode_coverage(key, *coverage)) == *coverage,
                  "a coverage comes back");
  }
  if (const auto hour = decode_hour(key, value)) {
    const auto again = decode_hour(key, encode_hour(key, *hour));
    fuzz::require(again && again->slot == hour->slot && again->folded == hour->folded,
                  "an hour comes back");
  }
  if (const auto counting = decode_counting(key, value)) {
    fuzz::require(decode_counting(key, encode_counting(key, *counting)) == *counting,
                  "a counting comes back");
  }
  if (const auto text = decode_meta(key, value)) {
    fuzz::require(encode_meta(key, *text) == value, "a meta record comes back");
  }
}

void check_sweep(const std::string& key, const std::string& value, Time at) {
  Floor floor;
  floor.set(at);
  const FloorFilter filter(floor);
  std::string rest;
  bool is_cut = false;
  const bool is_past = filter.Filter(0, key, value, &rest, &is_cut);
  fuzz::require(!is_past || !is_cut, "a record is left out, or cut, or kept");
  if (!is_cut) return;
  const auto rows = decode_chunk(key, rest);
  fuzz::require(rows && !rows->empty() && rows->front().window.start >= at,
                "what is left of a chunk is not past");
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  ByteReader head(take(bytes, 8));
  const Time floor = head.time();
  const std::string key(take(bytes, take_byte(bytes)));
  ByteWriter body = begin_value();
  body.raw(bytes);
  const std::string sealed = seal(key, std::move(body));
  for (const std::string& value : {sealed, std::string(bytes)}) {
    check_chunk(key, value);
    check_small_records(key, value);
    check_sweep(key, value, floor);
  }
  check_small_records(key, encode_meta(key, bytes));
  check_owner(bytes);
}
