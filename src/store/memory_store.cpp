#include "store/memory_store.h"

#include <algorithm>
#include <mutex>

#include "base/text.h"
#include "store/instance.h"
#include "store/keeping.h"
#include "store/keys.h"
#include "store/merging.h"
#include "store/paging.h"

namespace ttq {
namespace {

/// A page that is there already.
class PageReader final : public FlowReader {
 public:
  explicit PageReader(FlowPage page) : page_(std::move(page)) {}
  Result<const Flow*> read() override {
    return at_ < page_.flows.size() ? &page_.flows[at_++] : nullptr;
  }
  [[nodiscard]] std::optional<std::string> next_page() const override { return page_.next; }
  [[nodiscard]] std::string cursor() const override {
    return to_hex(flow_series(page_.flows[at_ - 1].key));
  }

 private:
  FlowPage page_;
  std::size_t at_ = 0;
};

bool stands(const Flow& flow, Time last_look) {
  const bool holds = flow.connections.now > 0 || flow.connections.pending > 0;
  return holds && flow.last_seen <= last_look;
}
bool stands(const Listener& listener, Time last_look) { return listener.last_seen == last_look; }

}  // namespace

MemoryStore::MemoryStore(Keeping keeping) : keeping_(keeping), instance_(make_instance()) {}

Result<void> MemoryStore::write(const WindowBatch& batch) {
  if (batch.window.length > hour) return Fault{"a window is longer than an hour"};
  const std::unique_lock lock(mutex_);
  Time& last_look = windows_[batch.window];
  last_look = std::max(last_look, batch.last_look);
  floor_ = std::min(floor_, batch.window.start);
  for (const FlowKey& key : batch.removed) flows_[flow_series(key)].erase(batch.window);
  for (const Flow& flow : batch.flows) {
    flows_[flow_series(flow.key)][batch.window] = {flow, stands(flow, last_look)};
  }
  for (const Listener& listener : batch.listeners) {
    listeners_[listener_series(listener)][batch.window] = {listener, stands(listener, last_look)};
  }
  if (batch.coverage) coverage_[batch.coverage->span.since] = *batch.coverage;
  return {};
}

template <class Record>
Record MemoryStore::resolved(const Window& window, const Entry<Record>& entry) const {
  Record record = entry.record;
  if (entry.stands) record.last_seen = windows_.at(window);
  return record;
}

/// The sum of the windows that overlap the span.
template <class Record>
std::optional<Record> MemoryStore::add_up(const Windows<Record>& windows, const Span& span,
                                          const Window& newest) const {
  Sum<Record> sum;
  for (const auto& [window, entry] : windows) {
    if (window.span().overlaps(span)) sum.add(window, resolved(window, entry));
  }
  return std::move(sum).take(newest);
}

std::optional<Window> MemoryStore::newest_in(const Span& span) const {
  if (span.empty()) return std::nullopt;
  const auto newest = std::find_if(windows_.rbegin(), windows_.rend(), [&](const auto& entry) {
    return entry.first.span().overlaps(span);
  });
  if (newest == windows_.rend()) return std::nullopt;
  return newest->first;
}

std::vector<Window> MemoryStore::windows() const {
  std::vector<Window> windows;
  for (const auto& [window, last_look] : windows_) windows.push_back(window);
  return windows;
}

Result<std::unique_ptr<FlowReader>> MemoryStore::read_flows(const FlowQuery& query) const {
  const auto cursor = query.cursor ? parse_cursor(*query.cursor) : std::string();
  if (!cursor) return bad_cursor();
  const std::shared_lock lock(mutex_);
  FlowPage page;
  const auto newest = newest_in(query.span);
  for (auto at = flows_.upper_bound(*cursor); newest && at != flows_.end(); ++at) {
    auto flow = add_up(at->second, query.span, *newest);
    if (flow && !add_to_page(page, query, *std::move(flow))) break;
  }
  return std::unique_ptr<FlowReader>(std::make_unique<PageReader>(std::move(page)));
}

bool MemoryStore::is_cursor(const std::string& text) const {
  return parse_cursor(text).has_value();
}

Result<ListenerPage> MemoryStore::listener_page(const Span& span, std::size_t limit,
                                                const std::optional<std::string>& cursor) const {
  const auto after = cursor ? parse_cursor(*cursor) : std::string();
  if (!after) return bad_cursor();
  const std::shared_lock lock(mutex_);
  ListenerPage page;
  const auto newest = newest_in(span);
  for (auto at = listeners_.upper_bound(*after); newest && at != listeners_.end(); ++at) {
    auto listener = add_up(at->second, span, *newest);
    if (listener && !add_to_page(page, limit, *std::move(listener))) break;
  }
  return page;
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
    const auto oldest = std::find_if(windows_.begin(), windows_.end(), [&](const auto& entry) {
      return is_short(entry.first) && hour_of(entry.first).start >= floor_;
    });
    if (oldest == windows_.end()) return;
    const Window whole_hour = hour_of(oldest->first);
    if (!may_fold(whole_hour, now, keeping_)) return;
    const auto end = windows_.lower_bound({whole_hour.span().until, Duration(0)});
    const Window newest = std::prev(end)->first;
    fold(listeners_, whole_hour, newest);
    fold(flows_, whole_hour, newest);
    windows_.erase(oldest, end);
    windows_[whole_hour] = {};
  }
}

template <class Record>
void MemoryStore::fold(Series<Record>& series, const Window& whole_hour, const Window& newest) {
  for (auto& [key, windows] : series) {
    const auto begin = windows.lower_bound({whole_hour.start, Duration(0)});
    const auto end = windows.lower_bound({whole_hour.span().until, Duration(0)});
    Sum<Record> sum;
    for (auto at = begin; at != end; ++at) sum.add(at->first, resolved(at->first, at->second));
    windows.erase(begin, end);
    auto folded = std::move(sum).take(newest);
    if (folded) windows[whole_hour] = {*std::move(folded), false};
  }
}

void MemoryStore::drop_past(Time now) {
  const auto kept = std::find_if(windows_.begin(), windows_.end(), [&](const auto& entry) {
    return !is_past(entry.first, now, keeping_);
  });
  raise_floor(kept == windows_.end() ? now - keeping_.retention : kept->first.start);
}

void MemoryStore::drop_excess() {
  const auto floor = floor_by_size(windows(), bytes(), keeping_);
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
  StoreFigures figures{.bytes = bytes(), .max_bytes = keeping_.max_bytes};
  if (!windows_.empty()) figures.oldest_window = windows_.begin()->first.start;
  return figures;
}

}  // namespace ttq
