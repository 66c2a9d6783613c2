#include "ttracerd/cpu_budget.h"

#include <doctest/doctest.h>

using namespace ttq;
using namespace std::chrono_literals;

namespace {

constexpr CpuBudget::Moment start{1h};

/// Ticks that take so much, a second apart or when the budget allows it, for so long. Gives how
/// many there were.
int ticks(CpuBudget& budget, CpuBudget::Moment from, std::chrono::nanoseconds taken,
          std::chrono::seconds length) {
  int count = 0;
  for (auto now = from; now < from + length; ++count) {
    const auto allowed = budget.after_tick(now + taken, taken);
    now = std::max(now + 1s, allowed);
  }
  return count;
}

}  // namespace

TEST_CASE("ticks that are cheap enough are as far apart as was asked for") {
  CpuBudget budget(0.05, start);
  CHECK(ticks(budget, start, 40ms, 600s) == 600);
}

TEST_CASE("ticks that are too dear are further apart, and take no more than their share") {
  CpuBudget budget(0.05, start);
  const int in_ten_minutes = ticks(budget, start, 100ms, 600s);
  CHECK(in_ten_minutes * 100ms <= 600s * 0.05 + 3s + 100ms);  // what was saved at the start
  const int later = ticks(budget, start + 600s, 100ms, 600s);
  CHECK(later * 100ms <= 600s * 0.05 + 100ms);
  CHECK(later >= 295);
}

TEST_CASE("one dear tick is paid from what was saved") {
  CpuBudget budget(0.05, start);
  CHECK(budget.after_tick(start + 2s, 1500ms) == start + 2s);
  CHECK(budget.after_tick(start + 3s, 10ms) == start + 3s);
}

TEST_CASE(
    "a tick that took more than there was is waited for until another like it is affordable") {
  CpuBudget budget(0.05, start);
  // Of the 3 s that a minute's share is, 10 s were taken: 7 s are owed, and 10 s more are wanted.
  CHECK(budget.after_tick(start, 10s) == start + 17s / 0.05);
}

TEST_CASE("no more is saved than a minute's share") {
  CpuBudget budget(0.05, start);
  const auto allowed = budget.after_tick(start + 24h, 3s);
  CHECK(allowed == start + 24h + 60s);
}
