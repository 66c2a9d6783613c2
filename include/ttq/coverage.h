// Coverage: the spans in which the host was really being watched, and what was lost in them.
#pragma once

#include <cstdint>
#include <vector>

#include "ttq/time.h"

namespace ttq {

struct Coverage {
  Span span;
  Duration interval{1000};    ///< achieved: the mean distance of looks
  std::uint64_t dropped = 0;  ///< sightings of flows that the bounded table had no room for

  bool operator==(const Coverage&) const = default;
};

/// Clipped to `within`, sorted, and joined where one ends as the next begins with nothing dropped
/// and intervals within a tenth of each other.
std::vector<Coverage> tidy(std::vector<Coverage> spans, const Span& within);

}  // namespace ttq
