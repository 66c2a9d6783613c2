// How much of one CPU watching may take, and how long to wait so that it takes no more.
//
// What is not used is saved, for a minute at most: so a first look at a crowded host, or a search
// through all of its processes, is paid at once, and what costs too much again and again is done
// less often. Then a tick waits until there is enough for one like the last; so the budget is never
// overdrawn by more than a tick turns out dearer than the one before it.
#pragma once

#include <algorithm>
#include <chrono>

namespace ttq {

class CpuBudget {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  using Nanoseconds = std::chrono::nanoseconds;

  /// `share` of one CPU, above 0.
  CpuBudget(double share, Moment now) : share_(share), saved_(most()), as_of_(now) {}

  /// A tick ended that took so much CPU. Gives when the next one may begin.
  Moment after_tick(Moment ended, Nanoseconds taken) {
    const auto earned = std::chrono::duration_cast<Nanoseconds>((ended - as_of_) * share_);
    saved_ = std::min(saved_ + earned, most()) - taken;
    as_of_ = ended;
    const Nanoseconds missing = std::max(taken - saved_, Nanoseconds(0));
    return ended + std::chrono::duration_cast<Nanoseconds>(missing / share_);
  }

 private:
  [[nodiscard]] Nanoseconds most() const {
    return std::chrono::duration_cast<Nanoseconds>(std::chrono::minutes(1) * share_);
  }

  double share_;
  Nanoseconds saved_;
  Moment as_of_;
};

}  // namespace ttq
