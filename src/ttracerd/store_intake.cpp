#include "ttracerd/store_intake.h"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include "base/log.h"
#include "ttracerd/listener_log.h"

namespace ttq {
namespace {

/// Drops from `earlier` whatever is said again.
void drop_flows_of(WindowBatch& earlier, const WindowBatch& later) {
  std::unordered_set<FlowKey> again(later.removed.begin(), later.removed.end());
  for (const Flow& flow : later.flows) again.insert(flow.key);
  std::erase_if(earlier.flows, [&](const Flow& flow) { return again.contains(flow.key); });
  std::erase_if(earlier.removed, [&](const FlowKey& key) { return again.contains(key); });
}

void drop_listeners_of(WindowBatch& earlier, const WindowBatch& later) {
  std::set<ListenerKey> again;
  for (const Listener& listener : later.listeners) again.insert(key_of(listener));
  std::erase_if(earlier.listeners,
                [&](const Listener& listener) { return again.contains(key_of(listener)); });
}

template <class Noun>
void append(std::vector<Noun>& to, const std::vector<Noun>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

WindowBatch put_over(WindowBatch earlier, const WindowBatch& later) {
  drop_flows_of(earlier, later);
  drop_listeners_of(earlier, later);
  append(earlier.flows, later.flows);
  append(earlier.removed, later.removed);
  append(earlier.listeners, later.listeners);
  earlier.last_look = later.last_look;
  earlier.counting = later.counting;
  if (later.coverage) earlier.coverage = later.coverage;
  return earlier;
}

Result<void> StoreIntake::take(const WindowBatch& batch) {
  auto written = write(batch);
  // A fault is overcome when all of it goes well again.
  // The last look may be from before the clock was set back.
  const Time now = std::min(batch.last_look, batch.window.span().until);
  if (written) written = store_.maintain(now);
  ++writing_.flushes;
  if (!written) ++writing_.failed_flushes;
  const std::string fault = written ? "" : written.error().message;
  if (!written && fault != writing_.last_fault) log(LogLevel::error, fault);
  writing_.last_fault = fault;
  board_.post(writing_);
  return {};
}

Result<void> StoreIntake::write(const WindowBatch& batch) {
  const bool goes_on = unwritten_ && unwritten_->window == batch.window;
  const WindowBatch all =
      goes_on ? put_over(*std::exchange(unwritten_, std::nullopt), batch) : batch;
  auto written = store_.write(all);
  unwritten_ = written ? std::nullopt : std::optional(all);
  return written;
}

}  // namespace ttq
