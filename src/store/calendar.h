// The calendar: which windows and hours there are, and what was covered; at one moment, however
// much is written meanwhile.
//
// A row in a chunk counts only where the calendar has its window or its hour. So a whole hour is
// folded, or what is below the floor dropped, by a few small records, in one write.
//
// What RocksDB itself cannot read ends the reading: ask fault() after it.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <optional>
#include <vector>

#include "store/codec.h"
#include "store/floor.h"
#include "store/keys.h"
#include "store/losses.h"
#include "ttq/result.h"

namespace ttq {

/// What of a span is to be read. A slot is in one of the two: an hour that lies in the span as a
/// whole, and was rolled up, stands for its windows.
struct Frame {
  std::vector<Slot> fine;    ///< windows as they were written, sorted
  std::vector<Slot> coarse;  ///< hours, sorted
  Window newest;             ///< of all of them

  [[nodiscard]] bool empty() const { return fine.empty() && coarse.empty(); }
};

class Calendar {
 public:
  /// All of them must outlive it. `snapshot` may be null: now. What began before the floor is not
  /// there.
  Calendar(rocksdb::DB& db, const rocksdb::Snapshot* snapshot, Time floor, Losses& losses);
  [[nodiscard]] Time floor() const { return floor_; }

  Frame frame(const Span& span);

  /// The first from `from` on for which `wanted` is true: of the windows that were not folded; of
  /// the hours that were; of both.
  template <class Wanted>
  std::optional<Slot> find_unfolded(Time from, Wanted wanted);
  template <class Wanted>
  std::optional<Slot> find_folded(Time from, Wanted wanted);
  template <class Wanted>
  std::optional<Window> find(Time from, Wanted wanted);

  /// Those that begin in the span: windows that were not folded; both, sorted.
  std::vector<Slot> unfolded(const Span& span);
  std::vector<Window> windows(const Span& span);
  /// The last that was written and not folded.
  std::optional<Window> last();
  std::optional<HourRecord> hour_at(Time start);

  /// Those that begin in the span, as they were written.
  std::vector<Coverage> coverage(const Span& span);

  [[nodiscard]] Result<void> fault() const;

 private:
  template <class Record, class Decode, class Wanted>
  std::optional<Record> seek(const std::string& from, RecordKind kind, Decode decode,
                             Wanted wanted);
  std::vector<HourRecord> hours(const Span& span);
  void choose_hours(const Span& span, Frame& frame, std::vector<Time>& whole);
  void choose_windows(const Span& span, Frame& frame, const std::vector<Time>& whole);
  [[nodiscard]] bool valid(RecordKind kind) const;
  [[nodiscard]] std::string_view key() const { return at_->key().ToStringView(); }
  [[nodiscard]] std::string_view value() const { return at_->value().ToStringView(); }

  Losses& losses_;
  std::unique_ptr<rocksdb::Iterator> at_;
  Time floor_;
};

/// The first record of the kind from that key on for which `wanted` is true.
template <class Record, class Decode, class Wanted>
std::optional<Record> Calendar::seek(const std::string& from, RecordKind kind, Decode decode,
                                     Wanted wanted) {
  for (at_->Seek(from); valid(kind); at_->Next()) {
    auto record = decode(key(), value());
    if (!record) {
      losses_.count(key());
    } else if (wanted(*record)) {
      return record;
    }
  }
  return std::nullopt;
}

template <class Wanted>
std::optional<Slot> Calendar::find_unfolded(Time from, Wanted wanted) {
  const Window bound{std::max(from, floor_), Duration(0)};
  return seek<Slot>(window_key(bound), RecordKind::window, decode_window, wanted);
}

template <class Wanted>
std::optional<Slot> Calendar::find_folded(Time from, Wanted wanted) {
  const auto found = seek<HourRecord>(
      hour_key(std::max(from, floor_)), RecordKind::rolled_hour, decode_hour,
      [&](const HourRecord& record) { return record.folded && wanted(record.slot); });
  if (!found) return std::nullopt;
  return found->slot;
}

template <class Wanted>
std::optional<Window> Calendar::find(Time from, Wanted wanted) {
  const auto wanted_slot = [&](const Slot& slot) { return wanted(slot.window); };
  const auto one = find_unfolded(from, wanted_slot);
  const auto other = find_folded(from, wanted_slot);
  if (one && other) return std::min(one->window, other->window);
  if (one) return one->window;
  if (other) return other->window;
  return std::nullopt;
}

}  // namespace ttq
