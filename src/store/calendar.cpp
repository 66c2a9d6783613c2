#include "store/calendar.h"

#include <algorithm>

#include "store/keeping.h"

namespace ttq {
namespace {

bool contains(const Span& span, const Span& part) {
  return span.since <= part.since && part.until <= span.until;
}

/// The end of the hours that follow each other from `start` on; `start`: it is none of them.
Time after_run(const std::vector<Time>& hours, Time start) {
  auto at = std::lower_bound(hours.begin(), hours.end(), start);
  for (; at != hours.end() && *at == start; ++at) start += hour;
  return start;
}

}  // namespace

Calendar::Calendar(rocksdb::DB& db, const rocksdb::Snapshot* snapshot, Time floor, Losses& losses)
    : losses_(losses), floor_(floor) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  at_.reset(db.NewIterator(options));
}

bool Calendar::valid(RecordKind kind) const { return at_->Valid() && is_kind(key(), kind); }

Frame Calendar::frame(const Span& asked) {
  const Span span{std::max(asked.since, floor_), asked.until};
  Frame frame;
  if (span.empty()) return frame;
  std::vector<Time> whole;
  choose_hours(span, frame, whole);
  choose_windows(span, frame, whole);
  if (!frame.coarse.empty()) frame.newest = frame.coarse.back().window;
  if (!frame.fine.empty()) frame.newest = std::max(frame.newest, frame.fine.back().window);
  return frame;
}

/// `whole`: those that stand for windows that are still there.
void Calendar::choose_hours(const Span& span, Frame& frame, std::vector<Time>& whole) {
  for (const HourRecord& record : hours({span.since - hour, span.until})) {
    const Span of_hour = record.slot.window.span();
    const bool stands_for_its_windows = !record.folded && contains(span, of_hour);
    if (stands_for_its_windows) whole.push_back(of_hour.since);
    if (stands_for_its_windows || (record.folded && of_hour.overlaps(span))) {
      frame.coarse.push_back(record.slot);
    }
  }
}

void Calendar::choose_windows(const Span& span, Frame& frame, const std::vector<Time>& whole) {
  Time from = span.since - hour;  // no window is longer
  for (;;) {
    const auto slot = find_unfolded(from, [&](const Slot& s) {
      return s.window.start >= span.until || s.window.span().overlaps(span);
    });
    if (!slot || slot->window.start >= span.until) return;
    const Window its_hour = hour_of(slot->window);
    if (const Time rest = after_run(whole, its_hour.start); rest > its_hour.start) {
      from = rest;
      continue;
    }
    // The rest of its hour: Next() is cheaper than to seek again.
    for (; valid(RecordKind::window); at_->Next()) {
      const auto next = decode_window(key(), value());
      if (!next) {
        losses_.count(key());
      } else if (next->window.start >= std::min(its_hour.span().until, span.until)) {
        break;
      } else if (next->window.span().overlaps(span)) {
        frame.fine.push_back(*next);
      }
    }
    from = its_hour.span().until;
  }
}

std::vector<HourRecord> Calendar::hours(const Span& span) {
  std::vector<HourRecord> found;
  const auto from = hour_key(std::max(span.since, floor_));
  seek<HourRecord>(from, RecordKind::rolled_hour, decode_hour, [&](const HourRecord& record) {
    if (record.slot.window.start >= span.until) return true;
    found.push_back(record);
    return false;
  });
  return found;
}

std::vector<Slot> Calendar::unfolded(const Span& span) {
  std::vector<Slot> found;
  find_unfolded(span.since, [&](const Slot& slot) {
    if (slot.window.start >= span.until) return true;
    found.push_back(slot);
    return false;
  });
  return found;
}

std::vector<Window> Calendar::windows(const Span& span) {
  std::vector<Window> found;
  for (const Slot& slot : unfolded(span)) found.push_back(slot.window);
  for (const HourRecord& record : hours(span)) {
    if (record.folded) found.push_back(record.slot.window);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<Window> Calendar::last() {
  at_->SeekForPrev(kind_start(RecordKind::coverage));
  for (; valid(RecordKind::window); at_->Prev()) {
    if (const auto slot = decode_window(key(), value())) return slot->window;
  }
  return std::nullopt;
}

std::optional<HourRecord> Calendar::hour_at(Time start) {
  at_->Seek(hour_key(start));
  if (!valid(RecordKind::rolled_hour)) return std::nullopt;
  const auto record = decode_hour(key(), value());
  if (!record) losses_.count(key());
  if (!record || record->slot.window.start != start) return std::nullopt;
  return record;
}

std::vector<Coverage> Calendar::coverage(const Span& span) {
  std::vector<Coverage> found;
  seek<Coverage>(coverage_key(span.since), RecordKind::coverage, decode_coverage,
                 [&](const Coverage& coverage) {
                   if (coverage.span.since >= span.until) return true;
                   found.push_back(coverage);
                   return false;
                 });
  return found;
}

Result<void> Calendar::fault() const { return losses_.check(at_->status()); }

}  // namespace ttq
