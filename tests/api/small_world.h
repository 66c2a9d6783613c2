// A host with one flow and one listener, and routes that speak of it.
#pragma once

#include <atomic>
#include <mutex>

#include "api/routes.h"

namespace ttq {

inline Time noon() { return parse_time("2026-01-02T12:00:00Z").value(); }

/// Gives the flows of a page over and over, and then, on demand, fails.
class SmallReader : public FlowReader {
 public:
  SmallReader(FlowPage page, std::size_t times, bool breaks, std::atomic<std::size_t>& given)
      : page_(std::move(page)), left_(times * page_.flows.size()), breaks_(breaks), given_(given) {}
  Result<const Flow*> read() override {
    ++given_;
    if (left_ == 0 && breaks_) return Fault{"/secret/path: disk on fire"};
    if (left_ == 0) return nullptr;
    return &page_.flows[left_-- % page_.flows.size()];
  }
  std::optional<std::string> next_page() const override { return page_.next; }
  std::string cursor() const override { return "c0ffee"; }

 private:
  FlowPage page_;
  std::size_t left_;
  bool breaks_;
  std::atomic<std::size_t>& given_;
};

/// Records what it was asked, and fails on demand.
class SmallStore : public Store {
 public:
  Result<void> write(const WindowBatch& /*batch*/) override { return {}; }
  Result<std::unique_ptr<FlowReader>> read_flows(const FlowQuery& query) const override {
    note(query);
    if (broken) return Fault{"/secret/path: disk on fire"};
    return std::unique_ptr<FlowReader>(
        std::make_unique<SmallReader>(page, repeated, breaks, given_));
  }
  bool is_cursor(const std::string& text) const override { return text == "c0ffee"; }
  Result<ListenerPage> listener_page(const Span& span, std::size_t limit,
                                     const std::optional<std::string>& cursor) const override {
    note({.span = span, .limit = limit, .cursor = cursor});
    if (broken) return Fault{"/secret/path: disk on fire"};
    return ListenerPage{bound, std::nullopt};
  }
  Result<std::vector<Coverage>> coverage(const Span& span) const override {
    note({.span = span});
    if (broken) return Fault{"/secret/path: disk on fire"};
    return watched;
  }
  Result<void> maintain(Time /*now*/) override { return {}; }
  StoreFigures figures() const override { return {.bytes = 4096, .oldest_window = noon()}; }
  std::string instance() const override { return "a7"; }
  std::vector<std::string> mishaps() const override { return unkept; }

  FlowPage page;
  std::vector<Listener> bound;
  std::vector<Coverage> watched;
  std::vector<std::string> unkept;
  bool broken = false;
  std::size_t repeated = 1;  ///< how often each flow of the page is given
  bool breaks = false;       ///< after those

  /// Flows, to all readers together.
  std::size_t given() const { return given_; }
  FlowQuery asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void note(const FlowQuery& query) const {
    const std::lock_guard lock(mutex_);
    asked_ = query;
  }

  mutable std::mutex mutex_;
  mutable FlowQuery asked_;  // last
  mutable std::atomic<std::size_t> given_ = 0;
};

inline Flow some_flow() {
  const Owner owner = Owner::of({.key = {7, 7, 7}, .name = "wrk", .pgid = 7});
  return {.key = {.listen = {Protocol::tcp, Address::parse("10.0.0.10").value(), 80},
                  .client = Address::parse("10.0.0.11").value(),
                  .process = owner.key()},
          .owner = owner,
          .first_seen = noon(),
          .last_seen = noon()};
}

struct SmallWorld {
  SmallStore store;
  Host host{.id = "5f1e", .instance = "a7", .name = "web1", .version = "0.1.0", .probe = "netlink"};
  Health health{.started = noon(), .last_tick = noon(), .ticks = 1, .probe = "netlink"};
  std::atomic<Time> now = noon();
  Routes routes{
      store, {[this] { return host; }, [this] { return health; }, [this] { return now.load(); }}};

  Response get(std::string_view target, Standing standing = Standing::admitted) const {
    return routes.get(parse_request_target(target).value(), standing);
  }
};

}  // namespace ttq
