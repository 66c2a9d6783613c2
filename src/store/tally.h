// Tally: rows of one series added up. As merging.h does with whole records, and to the same end;
// but in any order, and without touching a string.
#pragma once

#include <algorithm>
#include <string>

#include "store/chunk.h"
#include "store/slot.h"
#include "ttq/flow.h"
#include "ttq/listener.h"

namespace ttq {

struct Tally {
  Window latest{Time{}, Duration(0)};  ///< of the rows; no length: there is none
  Time first_seen = Time::max();
  Time last_seen = Time::min();
  Connections counts;
  std::optional<Traffic> traffic;
  std::uint8_t best_note = 0;    ///< a flow's: the best evidence
  std::uint8_t latest_note = 0;  ///< a listener's
  std::string_view owner;        ///< the latest

  [[nodiscard]] bool empty() const { return latest.length == Duration(0); }

  /// REQUIRES: slot.window == row.window.
  void add(const Row& row, const Slot& slot) {
    first_seen = std::min(first_seen, row.first_seen.value_or(slot.first_look));
    last_seen = std::max(last_seen, row.last_seen.value_or(slot.last_look));
    counts.max = std::max(counts.max, row.counts.max);
    counts.opened += row.counts.opened;
    counts.closed += row.counts.closed;
    counts.failed += row.counts.failed;
    if (row.traffic) ttq::add(traffic, row.traffic);
    best_note = best_note == 0 ? row.note : std::min(best_note, row.note);
    if (!empty() && row.window < latest) return;
    latest = row.window;
    counts.now = row.counts.now;
    counts.pending = row.counts.pending;
    latest_note = row.note;
    owner = row.owner;
  }

  /// What was not there in the newest window has nothing that stands.
  void settle(const Window& newest) {
    if (!latest.span().overlaps(newest.span())) counts.now = counts.pending = 0;
  }
};

/// As one row of that slot.
Row row_of(const Tally& tally, const Slot& slot, std::uint8_t note);

// What rows say of flows and listeners, and back. The owner's bytes are the caller's.

/// `last_look`: what stands is seen until its window's last look.
Row row_of(const Flow& flow, const Slot& slot, std::string_view owner);
Row row_of(const Listener& listener, const Slot& slot, std::string_view owner);

}  // namespace ttq
