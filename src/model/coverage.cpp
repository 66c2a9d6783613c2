#include "ttq/coverage.h"

#include <algorithm>

namespace ttq {
namespace {

bool same_pace(Duration a, Duration b) {
  const auto [low, high] = std::minmax(a, b);
  return high - low <= high / 10;
}

bool continues(const Coverage& earlier, const Coverage& later) {
  return later.span.since <= earlier.span.until && earlier.dropped == 0 && later.dropped == 0 &&
         same_pace(earlier.interval, later.interval);
}

}  // namespace

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
