#include "store/sweep.h"

#include "base/log.h"
#include "store/codec.h"
#include "store/keys.h"

namespace ttq {
namespace {

/// Windows are below the floor as soon as they begin there; of coverage the rest is still true.
bool is_below(std::string_view key, std::string_view value, Time floor) {
  if (is_kind(key, RecordKind::meta)) return false;
  if (is_kind(key, RecordKind::coverage)) {
    const auto coverage = decode_coverage(key, value);
    return coverage && coverage->span.until <= floor;
  }
  if (is_kind(key, RecordKind::window)) {
    const auto window = decode_window_key(key);
    return window && window->start < floor;
  }
  const auto record = decode_record_key(key);
  return record && record->window.start < floor;
}

void compact(rocksdb::DB& db) {
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  const auto status = db.CompactRange(options, nullptr, nullptr);
  if (status.ok() || status.IsShutdownInProgress() || status.IsIncomplete()) return;
  log(LogLevel::warning, "the store could not be compacted: " + status.ToString());
}

}  // namespace

bool FloorFilter::Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*,
                         bool*) const {
  return is_below(key.ToStringView(), value.ToStringView(), floor_.get());
}

Sweep::Sweep(rocksdb::DB& db)
    : thread_([this, &db] {
        compact(db);
        done_ = true;
      }) {}

}  // namespace ttq
