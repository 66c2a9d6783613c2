// Coverage: the spans in which the host was really being watched, and what was lost in them.
#pragma once

#include <cstdint>
#include <vector>

#include "ttq/time.h"

namespace ttq {

struct Coverage {
  Span span;
  Duration interval{1000};    ///< achieved: the mean distance of looks at all sockets
  std::uint64_t dropped = 0;  ///< sightings of flows that the bounded table had no room for
  std::uint64_t lost = 0;     ///< kernel events that were not counted when they happened

  bool operator==(const Coverage&) const = default;
};

/// How much of the span was watched. REQUIRES: sorted, as tidy() leaves it.
Duration watched(const std::vector<Coverage>& coverage, const Span& span);

/// Whether all of the span was watched, but for what its end may lack: an answer is as old as the
/// last flush. So ten seconds may be missing, or a tenth of a short span.
bool is_watched_throughout(const std::vector<Coverage>& coverage, const Span& span);

/// Clipped to `within`, sorted, and joined where one ends as the next begins with nothing dropped
/// or lost in either, and intervals within a tenth of each other.
std::vector<Coverage> tidy(std::vector<Coverage> spans, const Span& within);

}  // namespace ttq
