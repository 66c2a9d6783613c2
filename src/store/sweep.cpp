#include "store/sweep.h"

#include "base/log.h"
#include "store/chunk.h"
#include "store/codec.h"
#include "store/keys.h"

namespace ttq {
namespace {

/// Windows are below the floor as soon as they begin there; of coverage the rest is still true.
bool is_below(std::string_view key, std::string_view value, Time floor) {
  if (is_kind(key, RecordKind::coverage)) {
    const auto coverage = decode_coverage(key, value);
    return coverage && coverage->span.until <= floor;
  }
  if (is_kind(key, RecordKind::window)) {
    const auto window = decode_window_key(key);
    return window && window->start < floor;
  }
  const auto start = decode_hour_key(key);
  return start && *start < floor;
}

/// The rows that are not below; none: all or nothing of it is.
std::optional<std::string> rest_of(const ChunkKey& where, std::string_view key,
                                   std::string_view value, Time floor) {
  if (where.bucket >= floor) return std::nullopt;
  auto rows = decode_chunk(key, value);
  if (!rows) return std::nullopt;
  const auto below = std::erase_if(*rows, [&](const Row& row) { return row.window.start < floor; });
  if (below == 0 || rows->empty()) return std::nullopt;
  return encode_chunk(key, *rows);
}

bool is_all_below(const ChunkKey& where, std::string_view key, std::string_view value, Time floor) {
  if (where.bucket >= floor) return false;
  if (where.bucket + longest_bucket(where.kind) <= floor) return true;
  const auto rows = decode_chunk(key, value);
  return rows && rows->back().window.start < floor;
}

void compact(rocksdb::DB& db, const std::string& from, const std::string& to) {
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  const rocksdb::Slice first(from);
  const rocksdb::Slice last(to);
  const auto status = db.CompactRange(options, &first, &last);
  if (status.ok() || status.IsShutdownInProgress() || status.IsIncomplete()) return;
  log(LogLevel::warning, "the store could not be compacted: " + status.ToString());
}

void compact_below(rocksdb::DB& db, Time floor) {
  compact(db, kind_start(RecordKind::window), window_key({floor, Duration(0)}));
  compact(db, kind_start(RecordKind::coverage), coverage_key(floor));
  compact(db, kind_start(RecordKind::rolled_hour), hour_key(floor));
  for (const RecordKind kind : {RecordKind::fine_listener, RecordKind::coarse_listener,
                                RecordKind::fine_flow, RecordKind::coarse_flow}) {
    compact(db, kind_start(kind), chunk_key(kind, floor, ""));
  }
}

}  // namespace

bool FloorFilter::Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value,
                         std::string* rest, bool* is_cut) const {
  const Time floor = floor_.get();
  const auto where = decode_chunk_key(key.ToStringView());
  if (!where) return is_below(key.ToStringView(), value.ToStringView(), floor);
  if (is_all_below(*where, key.ToStringView(), value.ToStringView(), floor)) return true;
  auto cut = rest_of(*where, key.ToStringView(), value.ToStringView(), floor);
  *is_cut = cut.has_value();
  if (cut) *rest = *std::move(cut);
  return false;
}

Sweep::Sweep(rocksdb::DB& db, Time floor)
    : thread_([this, &db, floor] {
        compact_below(db, floor);
        done_ = true;
      }) {}

}  // namespace ttq
