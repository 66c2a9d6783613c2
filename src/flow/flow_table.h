// The flows of the open window, counted.
//
// Two tables. `live_` holds what stands right now, by exact process, and lives as long as its
// connections. `entries_` is the window: what was seen in it, folded where rule 4 says so, and made
// anew from `live_` when the next window opens.
//
//   fold: more than `fold_above` processes of one name, unit and executable in one flow become one
//   entry, with `pgid` only if they share it. So a loop that runs curl cannot fill the table.
//   bound: at most `max_flows` entries and `max_live` that stand; what has no room is counted as
//   dropped and told in coverage.
#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "flow/live_flows.h"
#include "flow/sighting.h"
#include "ttq/flow.h"
#include "ttq/flow_events.h"
#include "ttq/time.h"

namespace ttq {

struct FlowLimits {
  std::size_t max_flows = 65'536;  ///< in a window
  std::size_t max_live = 262'144;  ///< that stand; about 100 MB of them
  std::size_t fold_above = 8;
};

/// As what a connection that stands was counted when it was met.
enum class Counted { held, opened, attempted };

class FlowTable {
 public:
  explicit FlowTable(FlowLimits limits = {}) : limits_(limits), live_(limits.max_live) {}

  /// Forgets the window before, and begins with what stands. REQUIRES: the old one was written, or
  /// is lost.
  void open_window(const Window& window, Time now);
  [[nodiscard]] const Window& window() const { return window_; }

  // A connection, in the order of its life.
  void held(const Sighting& seen, Time now);  ///< stood already at the first look
  void opened(const Sighting& seen, Time now);
  void closed(const FlowKey& key, Time now);
  void left(const FlowKey& key, Time now);      ///< that it has closed was counted before
  void passed(const Sighting& seen, Time now);  ///< came and went between two looks
  void witnessed(const Sighting& seen,
                 Time now);  ///< had ended before the first look: counts nothing
  void attempted(const Sighting& seen, Time now);
  void answered(const FlowKey& key, Time attempted_at, Time now);
  void gave_up(const FlowKey& key, Time now);
  /// It was counted for the wrong process, and will be counted again for the right one. `counted`:
  /// by this window.
  void taken_back(const FlowKey& key, Counted counted, Time now);

  // Many connections at once, as events tell them.
  /// REQUIRES: no more closed than stood or were opened.
  void happened(const Sighting& seen, const FlowEvents& events, Time now);
  /// So many of those that stand are over; which, the next look finds.
  void ended(const FlowKey& key, std::uint64_t count);
  /// What has ended is found by now.
  void forget_ended() { ended_.clear(); }
  /// Of connections that are counted for this flow; false: there is none.
  bool carried(const Sighting& seen, const Traffic& traffic);
  /// Of connections that this process has passed on: to one of those who have them.
  void passed_on(const Sighting& seen, const Traffic& traffic, Time now);
  /// All that had happened by then was told.
  void told_until(Time now) { told_until_ = now; }
  /// Of what happened then: at the beginning of this window, if it was told too late for its own.
  [[nodiscard]] Time counted_at(Time happened) const {
    return happened > told_before_ ? std::max(happened, window_.start) : happened;
  }

  /// What changed since written() was called. `last_look` is when the connections that stand were
  /// seen.
  struct Changes {
    std::vector<Flow> flows;
    std::vector<FlowKey> removed;  ///< were folded away
  };
  Changes changes(Time last_look);
  /// Those changes were taken.
  void written();
  /// What was taken in this window is not kept any more: all of it is a change again.
  void unwritten();

  [[nodiscard]] std::size_t size() const { return entries_.size() - void_.size(); }
  /// Since the window was opened.
  [[nodiscard]] std::uint64_t dropped() const {
    return dropped_ + live_.refused() - refused_before_;
  }

 private:
  using Live = LiveFlows::Live;
  struct Entry {
    Flow flow;
    bool changed = true;
    std::uint64_t carried_over = 0;  ///< of those that are pending: failed in an earlier window
    std::unordered_set<std::int32_t> groups;  ///< of a folded entry
  };

  Entry* touch(const FlowKey& key, const Live& live, Time now);
  /// The entry that counts for this process, made if it has to be; null: no room.
  Entry* entry_for(const Sighting& seen, Time now);
  Entry* touch(const Sighting& seen, Time now);
  Entry* fold(const Sighting& seen);
  Entry* find(const Sighting& seen);
  void note_void(const FlowKey& key);
  void drop_void();
  void take_strayed(Entry& entry);
  [[nodiscard]] std::uint64_t ended_of(const FlowKey& key) const;
  static void count(Entry& entry, const FlowEvents& events, std::uint64_t ended);
  static void add_member(Entry& entry, const Process& member);

  FlowLimits limits_;
  Window window_;
  LiveFlows live_;
  std::unordered_map<FlowKey, std::uint64_t> ended_;  ///< of those that are live, by events' word
  std::unordered_map<FlowKey, Entry> entries_;
  /// By the flow without its process: the keys in `entries_`.
  std::unordered_map<FlowKey, std::vector<FlowKey>> users_;
  /// Entries that may have been made by mistake; their traffic, by flow without process, until the
  /// right one is met.
  std::unordered_set<FlowKey> void_;
  std::unordered_map<FlowKey, std::optional<Traffic>> strayed_;
  Time told_until_ = Time::min();
  Time told_before_ = Time::min();  ///< this window was opened
  std::vector<FlowKey> removed_;    ///< in this window
  std::size_t removals_written_ = 0;
  std::uint64_t dropped_ = 0;         ///< for want of an entry
  std::uint64_t refused_before_ = 0;  ///< by `live_`, before this window
};

}  // namespace ttq
