#include "store/chunk.h"

#include <cassert>

#include "store/keys.h"
#include "store/seal.h"

namespace ttq {
namespace {

/// On disk.
enum RowFlag : unsigned {
  has_window = 1,
  has_first = 2,
  has_last = 4,
  has_now = 8,
  has_max = 16,
  has_changes = 32,
  has_note = 64,
  has_owner = 128,
  has_traffic = 256,
};

constexpr std::uint64_t all_flags = 511;

constexpr std::uint8_t largest_note = 5;

Window after(const Window& window) { return {window.start + window.length, window.length}; }

Row before_the_first(Time bucket) {
  Row row;
  row.window = {bucket, Duration(0)};
  return row;
}

bool has_any_change(const Connections& c) {
  return (c.opened | c.closed | c.failed | c.pending) != 0;
}

unsigned flags_of(const Row& row, const Row& before) {
  return (row.window != after(before.window) ? has_window : 0U) |
         (row.first_seen ? has_first : 0U) | (row.last_seen ? has_last : 0U) |
         (row.counts.now != before.counts.now ? has_now : 0U) |
         (row.counts.max != row.counts.now ? has_max : 0U) |
         (has_any_change(row.counts) ? has_changes : 0U) |
         (row.note != before.note ? has_note : 0U) | (row.owner != before.owner ? has_owner : 0U) |
         (row.traffic ? has_traffic : 0U);
}

void put_changes(ByteWriter& out, const Connections& counts) {
  out.varint(counts.opened);
  out.varint(counts.closed);
  out.varint(counts.failed);
  out.varint(counts.pending);
}

void put_traffic(ByteWriter& out, const Traffic& traffic) {
  out.varint(traffic.attempts);
  out.varint(traffic.bytes_sent);
  out.varint(traffic.bytes_received);
  out.varint(traffic.retransmits);
  out.varint(traffic.rtt_us_sum);
  out.varint(traffic.rtt_count);
}

void take_window(ByteReader& in, Window& window, const Window& before) {
  window.start = before.start + Duration(in.varint_as<std::uint32_t>());
  window.length = Duration(in.varint_as<std::uint32_t>());
}

void take_counts(ByteReader& in, std::uint64_t flags, Connections& counts) {
  if ((flags & has_now) != 0) counts.now = in.varint();
  counts.max = (flags & has_max) != 0 ? in.varint() : counts.now;
  counts.opened = counts.closed = counts.failed = counts.pending = 0;
  if ((flags & has_changes) == 0) return;
  counts.opened = in.varint();
  counts.closed = in.varint();
  counts.failed = in.varint();
  counts.pending = in.varint();
}

Traffic take_traffic(ByteReader& in) {
  Traffic traffic;
  traffic.attempts = in.varint();
  traffic.bytes_sent = in.varint();
  traffic.bytes_received = in.varint();
  traffic.retransmits = in.varint();
  traffic.rtt_us_sum = in.varint();
  traffic.rtt_count = in.varint();
  return traffic;
}

}  // namespace

ChunkWriter::ChunkWriter(Time bucket) : out_(begin_value()), before_(before_the_first(bucket)) {}

void ChunkWriter::add(const Row& row) {
  assert(row.window.start >= before_.window.start);
  const unsigned flags = flags_of(row, before_);
  out_.varint(flags);
  if ((flags & has_window) != 0) {
    out_.varint(static_cast<std::uint64_t>((row.window.start - before_.window.start).count()));
    out_.varint(static_cast<std::uint64_t>(row.window.length.count()));
  }
  if (row.first_seen) out_.zigzag((*row.first_seen - row.window.start).count());
  if (row.last_seen) out_.zigzag((*row.last_seen - row.window.start).count());
  if ((flags & has_now) != 0) out_.varint(row.counts.now);
  if ((flags & has_max) != 0) out_.varint(row.counts.max);
  if ((flags & has_changes) != 0) put_changes(out_, row.counts);
  if ((flags & has_note) != 0) out_.byte(row.note);
  if ((flags & has_owner) != 0) out_.text(row.owner);
  if (row.traffic) put_traffic(out_, *row.traffic);
  before_ = row;
}

std::string ChunkWriter::finish(std::string_view key) && { return seal(key, std::move(out_)); }

ChunkReader::ChunkReader(Time bucket, std::string_view body)
    : in_(body), row_(before_the_first(bucket)) {}

bool ChunkReader::next() {
  if (in_.at_end()) return false;
  const std::uint64_t flags = in_.varint();
  const bool merely_stands = flags == 0 && stood_;
  row_.window = after(row_.window);
  if (merely_stands) return true;
  if ((flags & has_window) != 0) {
    const Window before{row_.window.start - row_.window.length, row_.window.length};
    take_window(in_, row_.window, before);
  }
  row_.first_seen = row_.last_seen = std::nullopt;
  if ((flags & has_first) != 0) row_.first_seen = in_.time_after(row_.window.start);
  if ((flags & has_last) != 0) row_.last_seen = in_.time_after(row_.window.start);
  take_counts(in_, flags, row_.counts);
  if ((flags & has_note) != 0) row_.note = in_.byte();
  if ((flags & has_owner) != 0) row_.owner = in_.text();
  row_.traffic = std::nullopt;
  if ((flags & has_traffic) != 0) row_.traffic = take_traffic(in_);
  const bool is_sound = flags <= all_flags && row_.note >= 1 && row_.note <= largest_note &&
                        !row_.owner.empty() && row_.window.length > Duration(0);
  if (!is_sound) in_.fail();
  // Of a row like this one, another is nothing but its window.
  stood_ = !row_.first_seen && !row_.last_seen && row_.counts.max == row_.counts.now &&
           !has_any_change(row_.counts) && !row_.traffic;
  return in_.is_sound();
}

std::optional<std::vector<Row>> decode_chunk(std::string_view key, std::string_view value) {
  const auto where = decode_chunk_key(key);
  const auto body = unseal(key, value);
  if (!where || !body) return std::nullopt;
  std::vector<Row> rows;
  ChunkReader in(where->bucket, *body);
  while (in.next()) rows.push_back(in.row());
  if (!in.sound() || rows.empty()) return std::nullopt;
  return rows;
}

std::string encode_chunk(std::string_view key, const std::vector<Row>& rows) {
  const auto where = decode_chunk_key(key);
  assert(where);
  ChunkWriter out(where->bucket);
  for (const Row& row : rows) out.add(row);
  return std::move(out).finish(key);
}

}  // namespace ttq
