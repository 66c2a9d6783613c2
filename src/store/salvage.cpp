#include "store/salvage.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/codec.h"
#include "store/database.h"
#include "store/keeping.h"
#include "store/keys.h"

namespace ttq {
namespace {

constexpr std::size_t batch_bytes = 1 << 20;
constexpr Duration short_step = std::chrono::minutes(10);  // the shortest bucket

bool is_coarse(RecordKind kind) {
  return kind == RecordKind::coarse_flow || kind == RecordKind::coarse_listener;
}

/// Spans that lost a piece. Sorted, and apart from each other.
class Gaps {
 public:
  /// REQUIRES: none of those before begins later.
  void add(const Span& span) {
    if (!spans_.empty() && span.since <= spans_.back().until) {
      spans_.back().until = std::max(spans_.back().until, span.until);
    } else {
      spans_.push_back(span);
    }
  }
  [[nodiscard]] bool contains(Time moment) const {
    return std::any_of(spans_.begin(), spans_.end(),
                       [&](const Span& gap) { return gap.since <= moment && moment < gap.until; });
  }
  [[nodiscard]] const std::vector<Span>& spans() const { return spans_; }

 private:
  std::vector<Span> spans_;
};

Gaps joined(const Gaps& some, const Gaps& others) {
  std::vector<Span> all = some.spans();
  all.insert(all.end(), others.spans().begin(), others.spans().end());
  std::sort(all.begin(), all.end(), [](const Span& a, const Span& b) { return a.since < b.since; });
  Gaps gaps;
  for (const Span& span : all) gaps.add(span);
  return gaps;
}

/// What is left of the span, in pieces.
std::vector<Span> without(const Span& span, const Gaps& gaps) {
  std::vector<Span> rest;
  Time since = span.since;
  for (const Span& gap : gaps.spans()) {
    const Span piece{since, std::min(gap.since, span.until)};
    if (!piece.empty()) rest.push_back(piece);
    since = std::max(since, gap.until);
  }
  if (since < span.until) rest.push_back({since, span.until});
  return rest;
}

/// Where keys of this kind lie that are of that moment: in all but meta the time follows the kind.
std::string key_at(RecordKind kind, Time moment) { return chunk_key(kind, moment, ""); }

std::optional<Time> time_of(std::string_view key) {
  if (const auto chunk = decode_chunk_key(key)) return chunk->bucket;
  if (const auto window = decode_window_key(key)) return window->start;
  if (const auto start = decode_hour_key(key)) return start;
  return decode_coverage_key(key);
}

/// From the first to the last that can be read of what stands for windows.
Span known_span(rocksdb::DB& db) {
  Span known{Time::max(), Time::min()};
  for (const auto kind : {RecordKind::window, RecordKind::coverage, RecordKind::rolled_hour}) {
    const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator({}));
    const auto note = [&] {
      const bool is_there = at->Valid() && is_kind(at->key().ToStringView(), kind);
      const auto moment = is_there ? time_of(at->key().ToStringView()) : std::nullopt;
      if (!moment) return;
      known = {std::min(known.since, *moment), std::max(known.until, *moment)};
    };
    at->Seek(kind_start(kind));
    note();
    at->SeekForPrev(key_at(kind, Time::max()));
    note();
  }
  return known;
}

class Salvage {
 public:
  Salvage(rocksdb::DB& from, rocksdb::DB& to) : from_(from), to_(to), known_(known_span(from)) {}

  Result<void> run() {
    copy_meta();
    if (known_.empty() && known_.since != known_.until) return failed_;  // it holds no window
    const auto all = [](Time, std::string_view, std::string_view) { return true; };
    fine_ = joined(copy(RecordKind::fine_listener, all), copy(RecordKind::fine_flow, all));
    coarse_ = joined(copy(RecordKind::coarse_listener, all), copy(RecordKind::coarse_flow, all));
    Gaps lost = joined(fine_, copy_windows());
    lost = joined(lost, copy_hours());
    copy_coverage(joined(lost, folded_));
    return finish();
  }

 private:
  /// `wanted(time, key, value)`. Gives what could not be read.
  template <class Wanted>
  Gaps copy(RecordKind kind, Wanted wanted);
  void copy_meta();
  Gaps copy_windows();
  Gaps copy_hours();
  void copy_coverage(const Gaps& lost);
  void put(const rocksdb::Slice& key, const rocksdb::Slice& value);
  void write();
  Result<void> finish();

  rocksdb::DB& from_;
  rocksdb::DB& to_;
  const Span known_;
  Gaps fine_;
  Gaps coarse_;
  Gaps folded_;  ///< hours of which nothing is left
  rocksdb::WriteBatch batch_;
  Result<void> failed_;
};

/// How far the buckets reach that begin at `start` and before the next step.
Duration bucket_at(RecordKind kind, Time start) {
  if (is_coarse(kind)) return longest_bucket(kind);
  return hour_of({start}).start == start ? hour : short_step;
}

/// After what could not be read it tries again a step later, until it can read on.
template <class Wanted>
Gaps Salvage::copy(RecordKind kind, Wanted wanted) {
  const Duration step = is_coarse(kind) ? longest_bucket(kind) : short_step;
  Gaps gaps;
  Time reached = window_at(known_.since, is_coarse(kind) ? step : hour).start;
  const std::unique_ptr<rocksdb::Iterator> at(from_.NewIterator({}));
  for (at->Seek(kind_start(kind));; at->Seek(key_at(kind, reached))) {
    for (; at->Valid() && is_kind(at->key().ToStringView(), kind); at->Next()) {
      const auto moment = time_of(at->key().ToStringView());
      if (!moment) continue;  // no key of ours
      reached = std::max(reached, *moment);
      if (wanted(*moment, at->key().ToStringView(), at->value().ToStringView())) {
        put(at->key(), at->value());
      }
    }
    if (at->status().ok() || reached > known_.until) return gaps;
    const Time lost = window_at(reached, step).start;
    gaps.add({lost, lost + bucket_at(kind, lost)});
    reached = lost + step;
  }
}

/// What is missing is met again as the store is taken up: each has its own way to do without.
void Salvage::copy_meta() {
  const std::unique_ptr<rocksdb::Iterator> at(from_.NewIterator({}));
  for (at->Seek(kind_start(RecordKind::meta));
       at->Valid() && is_kind(at->key().ToStringView(), RecordKind::meta); at->Next()) {
    put(at->key(), at->value());
  }
  // What is below the floor may be there in part, so without the floor nothing is certain.
  if (!at->status().ok()) failed_ = fault_of(at->status()).in("the floor is not known");
}

Gaps Salvage::copy_windows() {
  return copy(RecordKind::window, [&](Time start, std::string_view, std::string_view) {
    return !fine_.contains(start);
  });
}

Gaps Salvage::copy_hours() {
  return copy(RecordKind::rolled_hour, [&](Time start, std::string_view key, std::string_view v) {
    if (fine_.contains(start)) return false;
    if (!coarse_.contains(start)) return true;
    const auto record = decode_hour(key, v);
    const bool has_windows = record && !record->folded;
    if (!has_windows) folded_.add({start, start + hour});
    return false;
  });
}

/// Those that cannot be read are missing, and say nothing wrong by that.
void Salvage::copy_coverage(const Gaps& lost) {
  copy(RecordKind::coverage, [&](Time, std::string_view key, std::string_view value) {
    const auto coverage = decode_coverage(key, value);
    if (!coverage) return false;
    for (const Span& piece : without(coverage->span, lost)) {
      Coverage rest = *coverage;
      rest.span = piece;
      const std::string new_key = coverage_key(piece.since);
      put(new_key, encode_coverage(new_key, rest));
    }
    return false;
  });
}

void Salvage::put(const rocksdb::Slice& key, const rocksdb::Slice& value) {
  batch_.Put(key, value);
  if (batch_.GetDataSize() >= batch_bytes) write();
}

void Salvage::write() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;  // finish() flushes
  const auto status = to_.Write(options, &batch_);
  if (!status.ok() && failed_) failed_ = fault_of(status);
  batch_.Clear();
}

Result<void> Salvage::finish() {
  write();
  const auto status = to_.Flush({});
  if (!status.ok() && failed_) failed_ = fault_of(status);
  return failed_;
}

}  // namespace

Result<void> salvage(rocksdb::DB& from, rocksdb::DB& to) { return Salvage(from, to).run(); }

}  // namespace ttq
