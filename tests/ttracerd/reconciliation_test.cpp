#include "ttracerd/reconciliation.h"

#include <doctest/doctest.h>

using namespace ttq;
using namespace std::chrono_literals;

namespace {

const Time noon = parse_time("2026-01-02T12:00:00Z").value();

/// After its second look, at noon, which cost that much.
Reconciliation after_look(std::chrono::nanoseconds cost, Duration longest = 30s) {
  Reconciliation looks(longest);
  looks.done(noon - 1s, 0ns);
  looks.done(noon, cost);
  return looks;
}

}  // namespace

TEST_CASE("the first look is due at once, and the second one follows it") {
  Reconciliation looks(30s);
  CHECK_FALSE(looks.last());
  CHECK(looks.is_due(noon));
  looks.done(noon, 10s);  // it takes everything in, which says nothing of the others
  CHECK(looks.last() == noon);
  CHECK(looks.is_due(noon));
}

TEST_CASE("looks take a thousandth of a CPU") {
  const Reconciliation looks = after_look(5ms);
  CHECK_FALSE(looks.is_due(noon + 4'999ms));
  CHECK(looks.is_due(noon + 5s));
}

TEST_CASE("where a look costs next to nothing every tick looks") {
  CHECK(after_look(999ns).is_due(noon));
  CHECK(after_look(100us).is_due(noon + 1s));
}

TEST_CASE("however much a look costs, the next one is not later than was asked for") {
  const Reconciliation looks = after_look(10s);
  CHECK_FALSE(looks.is_due(noon + 29s));
  CHECK(looks.is_due(noon + 30s));
}

TEST_CASE("a clock that was set back makes a look due") {
  CHECK(after_look(10s).is_due(noon - 1ms));
}

TEST_CASE("who wants a look at every tick has one") { CHECK(after_look(10s, 0s).is_due(noon)); }
