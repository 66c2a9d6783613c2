#include "store/memory_store.h"

#include <algorithm>
#include <mutex>

#include "store/instance.h"
#include "store/keeping.h"
#include "store/keys.h"
#include "store/merging.h"
#include "store/paging.h"

namespace ttq {
namespace {

/// The sum of the windows that overlap the span.
template <class Record>
std::optional<Record> add_up(const std::map<Window, Record>& windows, const Span& span,
                             const Window& newest) {
  Sum<Record> sum;
  for (const auto& [window, record] : windows) {
    if (window.span().overlaps(span)) sum.add(window, record);
  }
  return std::move(sum).take(newest);
}

}  // namespace

MemoryStore::MemoryStore(Keeping keeping) : keeping_(keeping), instance_(make_instance()) {}

Result<void> MemoryStore::write(const WindowBatch& batch) {
  if (batch.window.length > hour) return Fault{"a window is longer than an hour"};
  const std::unique_lock lock(mutex_);
  windows_.insert(batch.window);
  floor_ = std::min(floor_, batch.window.start);
  for (const FlowKey& key : batch.removed) flows_[flow_series(key)].erase(batch.window);
  for (const Flow& flow : batch.flows) flows_[flow_series(flow.key)][batch.window] = flow;
  for (const Listener& listener : batch.listeners) {
    listeners_[listener_series(listener)][batch.window] = listener;
  }
  if (batch.coverage) coverage_[batch.coverage->span.since] = *batch.coverage;
  return {};
}

std::optional<Window> MemoryStore::newest_in(const Span& span) const {
  const auto newest = std::find_if(windows_.rbegin(), windows_.rend(), [&](const Window& window) {
    return window.span().overlaps(span);
  });
  if (newest == windows_.rend()) return std::nullopt;
  return *newest;
}

Result<FlowPage> MemoryStore::flows(const FlowQuery& query) const {
  const auto cursor = query.cursor ? parse_cursor(*query.cursor) : std::string();
  if (!cursor) return bad_cursor();
  const std::shared_lock lock(mutex_);
  FlowPage page;
  const auto newest = newest_in(query.span);
  if (!newest) return page;
  for (auto at = flows_.upper_bound(*cursor); at != flows_.end(); ++at) {
    auto flow = add_up(at->second, query.span, *newest);
    if (flow && !add_to_page(page, query, *std::move(flow))) break;
  }
  return page;
}

bool MemoryStore::is_cursor(const std::string& text) const {
  return parse_cursor(text).has_value();
}

Result<std::vector<Listener>> MemoryStore::listeners(const Span& span) const {
  const std::shared_lock lock(mutex_);
  std::vector<Listener> found;
  const auto newest = newest_in(span);
  if (!newest) return found;
  for (const auto& [series, windows] : listeners_) {
    auto listener = add_up(windows, span, *newest);
    if (listener) found.push_back(*std::move(listener));
  }
  return found;
}

Result<std::vector<Coverage>> MemoryStore::coverage(const Span& span) const {
  const std::shared_lock lock(mutex_);
  std::vector<Coverage> spans;
  for (const auto& [since, coverage] : coverage_) spans.push_back(coverage);
  return tidy(std::move(spans), {std::max(span.since, floor_), span.until});
}

Result<void> MemoryStore::maintain(Time now) {
  const std::unique_lock lock(mutex_);
  fold_hours(now);
  drop_past(now);
  drop_excess();
  return {};
}

void MemoryStore::fold_hours(Time now) {
  for (;;) {
    const auto oldest = std::find_if(windows_.begin(), windows_.end(), [&](const Window& window) {
      return is_short(window) && hour_of(window).start >= floor_;
    });
    if (oldest == windows_.end()) return;
    const Window whole_hour = hour_of(*oldest);
    if (!may_fold(whole_hour, now, keeping_)) return;
    const auto end = windows_.lower_bound({whole_hour.span().until, Duration(0)});
    const Window newest = *std::prev(end);
    fold(listeners_, whole_hour, newest);
    fold(flows_, whole_hour, newest);
    windows_.erase(oldest, end);
    windows_.insert(whole_hour);
  }
}

template <class Record>
void MemoryStore::fold(Series<Record>& series, const Window& whole_hour, const Window& newest) {
  for (auto& [key, windows] : series) {
    const auto begin = windows.lower_bound({whole_hour.start, Duration(0)});
    const auto end = windows.lower_bound({whole_hour.span().until, Duration(0)});
    Sum<Record> sum;
    for (auto at = begin; at != end; ++at) sum.add(at->first, std::move(at->second));
    windows.erase(begin, end);
    auto folded = std::move(sum).take(newest);
    if (folded) windows.emplace(whole_hour, *std::move(folded));
  }
}

void MemoryStore::drop_past(Time now) {
  const auto kept = std::find_if(windows_.begin(), windows_.end(), [&](const Window& window) {
    return !is_past(window, now, keeping_);
  });
  raise_floor(kept == windows_.end() ? now - keeping_.retention : kept->start);
}

void MemoryStore::drop_excess() {
  const auto floor = floor_by_size({windows_.begin(), windows_.end()}, bytes(), keeping_);
  if (floor) raise_floor(*floor);
}

void MemoryStore::raise_floor(Time floor) {
  if (floor <= floor_) return;
  floor_ = floor;
  windows_.erase(windows_.begin(), windows_.lower_bound({floor, Duration(0)}));
  std::erase_if(coverage_, [&](const auto& entry) { return entry.second.span.until <= floor; });
  drop_before(listeners_, floor);
  drop_before(flows_, floor);
}

template <class Record>
void MemoryStore::drop_before(Series<Record>& series, Time floor) {
  for (auto& [key, windows] : series) {
    windows.erase(windows.begin(), windows.lower_bound({floor, Duration(0)}));
  }
  std::erase_if(series, [](const auto& entry) { return entry.second.empty(); });
}

std::uint64_t MemoryStore::bytes() const {
  std::uint64_t records = 0;
  for (const auto& [key, windows] : flows_) records += windows.size();
  for (const auto& [key, windows] : listeners_) records += windows.size();
  constexpr std::uint64_t node_bytes = 32;  // of a std::map, besides what it holds
  return records * (sizeof(Window) + sizeof(Flow) + node_bytes);
}

StoreFigures MemoryStore::figures() const {
  const std::shared_lock lock(mutex_);
  StoreFigures figures{.bytes = bytes()};
  if (!windows_.empty()) figures.oldest_window = windows_.begin()->start;
  return figures;
}

}  // namespace ttq
