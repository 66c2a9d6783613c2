// When to look at all sockets, where events tell what happens between looks.
//
// A look costs what there is, and an event what happens. So on a small host every tick may look,
// and on one with a hundred thousand connections only now and then: as often as it takes a
// thousandth of a CPU, but not later than the configured time.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "ttq/time.h"

namespace ttq {

class Reconciliation {
 public:
  explicit Reconciliation(Duration longest) : longest_(longest) {}

  void set_longest(Duration longest) {
    longest_ = longest;
    distance_ = std::min(distance_, longest);
  }

  [[nodiscard]] bool is_due(Time now) const {
    return !last_ || now < *last_ || now - *last_ >= distance_;
  }

  /// `cost`: CPU time of the look and of what was done with it. The first one takes everything in,
  /// which says nothing of the others.
  void done(Time now, std::chrono::nanoseconds cost) {
    constexpr int share = 1'000;
    distance_ =
        last_ ? std::min(longest_, std::chrono::floor<Duration>(cost * share)) : Duration(0);
    last_ = now;
  }

  [[nodiscard]] std::optional<Time> last() const { return last_; }

 private:
  Duration longest_;
  Duration distance_{0};
  std::optional<Time> last_;
};

}  // namespace ttq
