#include "api/penalty_book.h"

#include <algorithm>

namespace ttq {

PenaltyBook::Moment PenaltyBook::after_failure(const Origin& origin, Moment now) {
  make_room(now);
  Record& record = records_[origin];
  record.penalty = std::clamp(record.penalty * 2, first, longest);
  record.at = now;
  return now + record.penalty;
}

/// Whoever has as many addresses as that pays the first penalty on each, and has fewer places for
/// connections than addresses.
void PenaltyBook::make_room(Moment now) {
  std::erase_if(records_, [&](const auto& entry) { return now - entry.second.at > memory; });
  if (records_.size() < most_origins) return;
  records_.erase(
      std::min_element(records_.begin(), records_.end(),
                       [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
}

}  // namespace ttq
