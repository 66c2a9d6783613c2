#include "store/keeping.h"

#include <algorithm>
#include <cmath>

namespace ttq {
namespace {

/// Each window holds much the same flows, whether it is a minute or a folded hour: so their number
/// stands for their size. REQUIRES: bytes > max_bytes, windows > 1.
std::size_t windows_to_drop(std::size_t windows, std::uint64_t bytes, std::uint64_t max_bytes) {
  constexpr double to_spare = 0.9;
  const double kept = to_spare * static_cast<double>(max_bytes) / static_cast<double>(bytes);
  const auto dropped = std::ceil(static_cast<double>(windows) * (1 - kept));
  return std::clamp<std::size_t>(static_cast<std::size_t>(dropped), 1, windows - 1);
}

}  // namespace

Window hour_of(const Window& window) { return window_at(window.start, hour); }

bool is_short(const Window& window) { return window.length < hour; }

bool may_fold(const Window& whole_hour, Time now, const Keeping& keeping) {
  return whole_hour.span().until <= now - keeping.full_resolution;
}

bool is_past(const Window& window, Time now, const Keeping& keeping) {
  return window.span().until <= now - keeping.retention;
}

std::optional<Time> floor_by_size(const std::vector<Window>& windows, std::uint64_t bytes,
                                  const Keeping& keeping) {
  if (bytes <= keeping.max_bytes || windows.size() < 2) return std::nullopt;
  const auto dropped = windows_to_drop(windows.size(), bytes, keeping.max_bytes);
  Time floor = windows[dropped].start;
  for (std::size_t at = 0; at < dropped; ++at) {
    floor = std::max(floor, windows[at].span().until);
  }
  return std::min(floor, windows.back().start);
}

}  // namespace ttq
