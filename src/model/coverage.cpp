#include "ttq/coverage.h"

#include <algorithm>

namespace ttq {
namespace {

bool same_pace(Duration a, Duration b) {
  const auto [low, high] = std::minmax(a, b);
  return high - low <= high / 10;
}

bool has_losses(const Coverage& coverage) { return coverage.dropped > 0 || coverage.lost > 0; }

bool continues(const Coverage& earlier, const Coverage& later) {
  return later.span.since <= earlier.span.until && !has_losses(earlier) && !has_losses(later) &&
         same_pace(earlier.interval, later.interval);
}

}  // namespace

Duration watched(const std::vector<Coverage>& coverage, const Span& span) {
  Duration sum{0};
  Span rest = span;  // spans overlap where something was lost in a part of one
  for (const Coverage& one : coverage) {
    const Span part = intersection(one.span, rest);
    if (part.empty()) continue;
    sum += part.until - part.since;
    rest.since = part.until;
  }
  return sum;
}

bool is_watched_throughout(const std::vector<Coverage>& coverage, const Span& span) {
  const Duration length = span.until - span.since;
  constexpr Duration flush_delay{10'000};
  return length - watched(coverage, span) <= std::min(flush_delay, length / 10);
}

std::vector<Coverage> tidy(std::vector<Coverage> spans, const Span& within) {
  std::sort(spans.begin(), spans.end(),
            [](const Coverage& a, const Coverage& b) { return a.span < b.span; });
  std::vector<Coverage> tidied;
  for (Coverage coverage : spans) {
    coverage.span = intersection(coverage.span, within);
    if (coverage.span.empty()) continue;
    if (!tidied.empty() && continues(tidied.back(), coverage)) {
      tidied.back().span.until = std::max(tidied.back().span.until, coverage.span.until);
    } else {
      tidied.push_back(coverage);
    }
  }
  return tidied;
}

}  // namespace ttq
