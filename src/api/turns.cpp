#include "api/turns.h"

#include <algorithm>

namespace ttq {

std::vector<std::uint64_t> Turns::take(std::vector<std::uint64_t> ready) {
  const auto next = std::upper_bound(ready.begin(), ready.end(), last_);
  std::rotate(ready.begin(), next, ready.end());
  ready.resize(std::min(ready.size(), at_once_));
  if (!ready.empty()) last_ = ready.back();
  return ready;
}

}  // namespace ttq
