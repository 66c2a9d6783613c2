// Reads the records of a database as they are at one moment, however much is written meanwhile.
//
// A corrupt record is left out, counted, and told to the log once. What RocksDB itself cannot read
// ends the reading: ask fault() after it.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "store/codec.h"
#include "store/keys.h"
#include "store/merging.h"
#include "store/sweep.h"
#include "ttq/result.h"

namespace ttq {

/// Counts corrupt records, over all readers.
class Losses {
 public:
  void count(std::string_view key);
  [[nodiscard]] std::uint64_t get() const { return count_; }

 private:
  std::atomic<std::uint64_t> count_{0};
};

/// A span as the windows lie in it.
struct Frame {
  Span span;
  Time from;      ///< start of the first window that overlaps it
  Window newest;  ///< the last that does
};

class RecordReader {
 public:
  /// All of them must outlive it. What began before the floor is not there.
  RecordReader(rocksdb::DB& db, const Floor& floor, Losses& losses);
  [[nodiscard]] Time floor() const { return floor_; }

  /// None: no window overlaps the span.
  std::optional<Frame> frame(const Span& span);
  /// The first window from `from` on for which `wanted` is true.
  template <class Wanted>
  std::optional<Window> find_window(Time from, Wanted wanted);
  /// Those that begin in the span.
  std::vector<Window> windows(const Span& span);

  /// Those that begin in the span, as they were written.
  std::vector<Coverage> coverage(const Span& span);

  /// Goes to the first series of the kind after that one; "" is before all of them. False: there is
  /// none.
  bool seek_series(RecordKind kind, std::string_view after);
  bool next_series();
  /// REQUIRES: seek_series() or next_series() said true; so for the rest.
  [[nodiscard]] const std::string& series() const { return series_; }

  /// Calls visit(Window, Record) for those of the series that begin in the span, in order.
  template <class Record, class Visit>
  void each(const Span& span, Visit visit);
  /// The sum over the frame; none: no window of the series is in it.
  template <class Record>
  std::optional<Record> add_up(const Frame& frame);

  [[nodiscard]] Result<void> fault() const;

 private:
  [[nodiscard]] bool valid(RecordKind kind) const;
  [[nodiscard]] bool in_series() const;
  [[nodiscard]] std::string_view key() const { return at_->key().ToStringView(); }
  [[nodiscard]] std::string_view value() const { return at_->value().ToStringView(); }
  std::optional<Window> window_here();
  std::optional<Window> last_window(const Span& span);
  bool settle();
  template <class Record>
  std::optional<Record> record_here();

  Losses& losses_;
  std::unique_ptr<rocksdb::Iterator> at_;
  Time floor_;  ///< read after the iterator was made: no compaction went by a higher one before
  RecordKind kind_ = RecordKind::flow;
  std::string series_;
};

template <class Wanted>
std::optional<Window> RecordReader::find_window(Time from, Wanted wanted) {
  const Window bound{std::max(from, floor_), Duration(0)};
  for (at_->Seek(window_key(bound)); valid(RecordKind::window); at_->Next()) {
    const auto window = window_here();
    if (window && wanted(*window)) return window;
  }
  return std::nullopt;
}

template <class Record, class Visit>
void RecordReader::each(const Span& span, Visit visit) {
  for (at_->Seek(series_from(series_, std::max(span.since, floor_))); in_series(); at_->Next()) {
    const auto where = decode_record_key(key());
    if (where && where->window.start >= span.until) return;
    auto record = record_here<Record>();
    if (where && record) visit(where->window, *std::move(record));
  }
}

template <class Record>
std::optional<Record> RecordReader::add_up(const Frame& frame) {
  Sum<Record> sum;
  each<Record>({frame.from, frame.span.until}, [&](const Window& window, Record record) {
    if (window.span().overlaps(frame.span)) sum.add(window, std::move(record));
  });
  return std::move(sum).take(frame.newest);
}

template <class Record>
std::optional<Record> RecordReader::record_here() {
  std::optional<Record> record;
  if constexpr (std::is_same_v<Record, Flow>) {
    record = decode_flow(key(), value());
  } else {
    record = decode_listener(key(), value());
  }
  if (!record) losses_.count(key());
  return record;
}

}  // namespace ttq
