// Keeping: which windows are folded, and which are dropped. Pure; both stores ask here.
//
// What is dropped is all that began before a *floor*. The floor never goes back, and an answer
// never speaks of what is below it: neither in flows nor in coverage.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ttq/store.h"
#include "ttq/time.h"

namespace ttq {

/// What old windows are folded into, and the longest window that there is.
inline constexpr Duration hour = std::chrono::hours(1);

/// The hour in which the window begins.
Window hour_of(const Window& window);

/// Shorter than an hour: not folded yet.
bool is_short(const Window& window);

/// Whether every window of that hour is old enough to be folded.
bool may_fold(const Window& whole_hour, Time now, const Keeping& keeping);

/// Whether the window ended more than the retention ago.
bool is_past(const Window& window, Time now, const Keeping& keeping);

/// Where the floor must be for `bytes` to fit, with a tenth to spare; none: they fit, or nothing
/// can go, because the last window stays. REQUIRES: the windows are sorted; they may overlap, and
/// the floor cuts none of them.
std::optional<Time> floor_by_size(const std::vector<Window>& windows, std::uint64_t bytes,
                                  const Keeping& keeping);

}  // namespace ttq
