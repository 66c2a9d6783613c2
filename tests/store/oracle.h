// An oracle of what a store must hold: it knows what was handed to it, what was kept, and what was
// on the disk by then.
//
// A window is written in several states, each of which says more of all its flows, and differs from
// every other. So an answer says which state it is of, or that it is wrong.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "store/records.h"

namespace ttq::test {

inline constexpr int states = 2;
inline constexpr int oracle_clients = 12;

inline Time look_of(int n, int state) {
  return minute(n).start + (state + 1) * std::chrono::seconds(25);
}

inline std::string client_address(int client) {
  return "10.0." + std::to_string(client / 250) + "." + std::to_string(client % 250);
}

/// What is told of window `n` at its flush number `state`. With some weight, so that files fill.
inline WindowBatch window_in(int n, int state, int clients = oracle_clients) {
  WindowBatch batch{.window = minute(n), .last_look = look_of(n, state)};
  const auto opened = static_cast<std::uint64_t>(n * states + state + 1);
  for (int client = 0; client < clients; ++client) {
    Flow one = flow(client_address(client), minute(n), {1, opened, opened, 0, 0, 0});
    one.last_seen = batch.last_look;
    batch.flows.push_back(one);
  }
  batch.listeners.push_back(listener(80, minute(n)));
  batch.listeners.back().last_seen = batch.last_look;
  batch.coverage = Coverage{{minute(n).start, batch.last_look}, std::chrono::seconds(1), 0};
  return batch;
}

class Oracle {
 public:
  explicit Oracle(int clients = oracle_clients) : clients_(clients) {}

  void handed(int n, int state) { windows_[n].handed = state; }

  /// The first that is kept of a window is forced to the disk, with all before it.
  void kept(int n, int state) {
    const bool is_first = windows_[n].kept < 0;
    windows_[n].kept = state;
    if (!is_first) return;
    for (auto& [other, window] : windows_) window.durable = window.kept;
  }
  /// After a kill, what was kept is there.
  void nothing_was_lost() {
    for (auto& [n, window] : windows_) window.durable = window.kept;
  }
  /// After a disk that lied, or was damaged, nothing has to be.
  void anything_may_be_lost() {
    for (auto& [n, window] : windows_) window.durable = -1;
  }

  /// What is wrong with the store; "": nothing.
  [[nodiscard]] std::string complaint(const Store& store) const {
    for (const auto& [n, window] : windows_) {
      const auto wrong = complaint(store, n, window);
      if (!wrong.empty()) return "window " + std::to_string(n) + ": " + wrong;
    }
    return "";
  }
  [[nodiscard]] int windows_found(const Store& store) const {
    return static_cast<int>(std::count_if(windows_.begin(), windows_.end(), [&](const auto& one) {
      const auto page = store.flows({.span = minutes(one.first, one.first + 1)});
      return page && !page->flows.empty();
    }));
  }
  [[nodiscard]] int windows_handed() const { return static_cast<int>(windows_.size()); }

 private:
  struct Window {
    int handed = -1;
    int kept = -1;     ///< the last of which the store said so
    int durable = -1;  ///< not less than this survives a power cut
  };

  std::string complaint(const Store& store, int n, const Window& window) const {
    const Span span = minutes(n, n + 1);
    const auto page = store.flows({.span = span});
    const auto listeners = store.listeners(span);
    const auto coverage = store.coverage(span);
    if (!page) return "flows cannot be read: " + page.error().message;
    if (!listeners) return "listeners cannot be read: " + listeners.error().message;
    if (!coverage) return "coverage cannot be read: " + coverage.error().message;
    const bool is_absent = page->flows.empty() && listeners->empty() && coverage->empty();
    if (is_absent) return window.durable < 0 ? "" : "it is lost";
    for (int state = std::max(0, window.durable); state <= window.handed; ++state) {
      const WindowBatch told = window_in(n, state, clients_);
      if (page->flows == told.flows && *listeners == told.listeners &&
          *coverage == std::vector{*told.coverage}) {
        return "";
      }
    }
    return "what is told of it was never so: " + std::to_string(page->flows.size()) + " flows, " +
           std::to_string(listeners->size()) + " listeners, " + std::to_string(coverage->size()) +
           " spans, at least state " + std::to_string(window.durable) + " of " +
           std::to_string(window.handed);
  }

  int clients_;
  std::map<int, Window> windows_;
};

}  // namespace ttq::test
