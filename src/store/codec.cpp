#include "store/codec.h"

#include <cassert>

#include "base/text.h"
#include "store/keeping.h"
#include "store/keys.h"
#include "store/seal.h"

namespace ttq {
namespace {

/// On disk.
enum HourState : std::uint8_t { rolled_up = 1, folded = 2 };

constexpr std::uint8_t meta_layout = 1;
constexpr unsigned meta_sum_bytes = 4;

/// The low 32 bits of FNV-1a: each of its steps is a bijection of them, whatever the byte.
std::uint64_t meta_sum(std::string_view key, std::string_view value) {
  return static_cast<std::uint32_t>(fnv1a(value, fnv1a(key)));
}

void put_looks(ByteWriter& out, const Slot& slot) {
  out.zigzag((slot.first_look - slot.window.start).count());
  out.zigzag((slot.last_look - slot.window.start).count());
}

Slot take_looks(ByteReader& in, const Window& window) {
  Slot slot{.window = window};
  slot.first_look = in.time_after(window.start);
  slot.last_look = in.time_after(window.start);
  return slot;
}

}  // namespace

std::string encode_meta(std::string_view key, std::string_view text) {
  ByteWriter out;
  out.byte(meta_layout);
  out.raw(text);
  out.big_endian(meta_sum(key, out.bytes()), meta_sum_bytes);
  return std::move(out).take();
}

std::string encode_window(std::string_view key, const Slot& slot) {
  ByteWriter out = begin_value();
  put_looks(out, slot);
  return seal(key, std::move(out));
}

std::string encode_coverage(std::string_view key, const Coverage& coverage) {
  assert(!coverage.span.empty());
  ByteWriter out = begin_value();
  out.zigzag((coverage.span.until - coverage.span.since).count());
  out.varint(static_cast<std::uint64_t>(coverage.interval.count()));
  out.varint(coverage.dropped);
  out.varint(coverage.lost);
  return seal(key, std::move(out));
}

std::string encode_counting(std::string_view key, const Counting& counting) {
  ByteWriter out = begin_value();
  out.time(counting.window.start);
  out.varint(static_cast<std::uint64_t>(counting.window.length.count()));
  out.big_endian(counting.number, 8);
  return seal(key, std::move(out));
}

std::string encode_hour(std::string_view key, const HourRecord& record) {
  ByteWriter out = begin_value();
  out.byte(record.folded ? folded : rolled_up);
  put_looks(out, record.slot);
  return seal(key, std::move(out));
}

std::optional<std::string> decode_meta(std::string_view key, std::string_view value) {
  const bool is_one = is_kind(key, RecordKind::meta) && value.size() >= 1 + meta_sum_bytes &&
                      value.front() == static_cast<char>(meta_layout);
  if (!is_one) return std::nullopt;
  const std::string_view summed = value.substr(0, value.size() - meta_sum_bytes);
  ByteReader sum(value.substr(summed.size()));
  if (sum.big_endian(meta_sum_bytes) != meta_sum(key, summed)) return std::nullopt;
  return std::string(summed.substr(1));
}

std::optional<Slot> decode_window(std::string_view key, std::string_view value) {
  const auto window = decode_window_key(key);
  const auto body = unseal(key, value);
  if (!window || !body) return std::nullopt;
  ByteReader in(*body);
  const Slot slot = take_looks(in, *window);
  if (!in.done()) return std::nullopt;
  return slot;
}

std::optional<Coverage> decode_coverage(std::string_view key, std::string_view value) {
  const auto since = decode_coverage_key(key);
  const auto body = unseal(key, value);
  if (!since || !body) return std::nullopt;
  ByteReader in(*body);
  Coverage coverage;
  coverage.span = {*since, in.time_after(*since)};
  coverage.interval = Duration(in.varint_as<Duration::rep>());
  coverage.dropped = in.varint();
  coverage.lost = in.varint();
  if (!in.done()) return std::nullopt;
  return coverage;
}

std::optional<Counting> decode_counting(std::string_view key, std::string_view value) {
  const auto body = key == counting_key() ? unseal(key, value) : std::nullopt;
  if (!body) return std::nullopt;
  ByteReader in(*body);
  Counting counting;
  counting.window.start = in.time();
  counting.window.length = Duration(in.varint_as<Duration::rep>());
  counting.number = in.big_endian(8);
  return in.done() ? std::optional(counting) : std::nullopt;
}

std::optional<HourRecord> decode_hour(std::string_view key, std::string_view value) {
  const auto start = decode_hour_key(key);
  const auto body = unseal(key, value);
  if (!start || !body) return std::nullopt;
  ByteReader in(*body);
  HourRecord record;
  const std::uint8_t state = in.byte();
  if (state != rolled_up && state != folded) in.fail();
  record.folded = state == folded;
  record.slot = take_looks(in, {*start, hour});
  if (!in.done()) return std::nullopt;
  return record;
}

}  // namespace ttq
