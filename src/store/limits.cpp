#include "store/limits.h"

#include <algorithm>
#include <cmath>

namespace ttq {

Window hour_of(const Window& window) { return window_at(window.start, hour); }

bool is_short(const Window& window) { return window.length < hour; }

bool may_fold(const Window& whole_hour, Time now, const Keeping& keeping) {
  return whole_hour.span().until <= now - keeping.full_resolution;
}

bool is_past(const Window& window, Time now, const Keeping& keeping) {
  return window.span().until <= now - keeping.retention;
}

std::size_t windows_to_drop(std::size_t windows, std::uint64_t bytes, const Keeping& keeping) {
  if (bytes <= keeping.max_bytes || windows < 2) return 0;
  // Each window holds much the same flows, whether it is a minute or a folded hour.
  constexpr double to_spare = 0.9;
  const double kept =
      to_spare * static_cast<double>(keeping.max_bytes) / static_cast<double>(bytes);
  const auto dropped = std::ceil(static_cast<double>(windows) * (1 - kept));
  return std::clamp<std::size_t>(static_cast<std::size_t>(dropped), 1, windows - 1);
}

}  // namespace ttq
