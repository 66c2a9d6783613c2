#include "store/record_reader.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "store/database.h"
#include "store/keeping.h"

namespace ttq {

void Losses::count(std::string_view key) {
  if (count_++ > 0) return;
  log(LogLevel::warning, "the store holds a corrupt record, which answers leave out; its key is " +
                             to_hex(key) + "; others will only be counted");
}

RecordReader::RecordReader(rocksdb::DB& db, const Floor& floor, Losses& losses)
    : losses_(losses), at_(db.NewIterator({})), floor_(floor.get()) {}

bool RecordReader::valid(RecordKind kind) const { return at_->Valid() && is_kind(key(), kind); }

bool RecordReader::in_series() const { return at_->Valid() && at_->key().starts_with(series_); }

std::optional<Window> RecordReader::window_here() {
  auto window = decode_window(key(), value());
  if (!window) losses_.count(key());
  return window;
}

std::optional<Frame> RecordReader::frame(const Span& asked) {
  const Span span{std::max(asked.since, floor_), asked.until};
  const auto first = find_window(
      span.since - hour, [&](const Window& window) { return window.span().until > span.since; });
  if (!first || !first->span().overlaps(span)) return std::nullopt;
  const auto newest = last_window(span);
  return Frame{span, first->start, newest.value_or(*first)};
}

/// Of those that overlap the span, the one that begins last.
std::optional<Window> RecordReader::last_window(const Span& span) {
  at_->SeekForPrev(window_key({span.until, Duration(0)}));
  for (; valid(RecordKind::window); at_->Prev()) {
    const auto window = window_here();
    if (!window) continue;
    if (window->span().overlaps(span)) return window;
    if (window->start + hour <= span.since) break;
  }
  return std::nullopt;
}

std::vector<Window> RecordReader::windows(const Span& span) {
  std::vector<Window> found;
  find_window(span.since, [&](const Window& window) {
    if (window.start >= span.until) return true;
    found.push_back(window);
    return false;
  });
  return found;
}

std::vector<Coverage> RecordReader::coverage(const Span& span) {
  std::vector<Coverage> found;
  for (at_->Seek(coverage_key(span.since)); valid(RecordKind::coverage); at_->Next()) {
    auto coverage = decode_coverage(key(), value());
    if (!coverage) {
      losses_.count(key());
      continue;
    }
    if (coverage->span.since >= span.until) break;
    found.push_back(*coverage);
  }
  return found;
}

bool RecordReader::seek_series(RecordKind kind, std::string_view after) {
  kind_ = kind;
  at_->Seek(after.empty() ? kind_start(kind) : series_end(after));
  return settle();
}

bool RecordReader::next_series() {
  if (in_series()) at_->Seek(series_end(series_));
  return settle();
}

bool RecordReader::settle() {
  for (; valid(kind_); at_->Next()) {
    if (const auto record = decode_record_key(key())) {
      series_ = record->series;
      return true;
    }
    losses_.count(key());
  }
  return false;
}

Result<void> RecordReader::fault() const {
  if (at_->status().ok()) return {};
  return fault_of(at_->status());
}

}  // namespace ttq
