#include "ttq/coverage.h"

#include <doctest/doctest.h>

using namespace ttq;
using namespace std::chrono_literals;

namespace {

Coverage watched(int from_minute, int to_minute, Duration interval = 1s,
                 std::uint64_t dropped = 0) {
  return {{Time(std::chrono::minutes(from_minute)), Time(std::chrono::minutes(to_minute))},
          interval,
          dropped};
}

const Span everything{Time(0min), Time(100min)};

}  // namespace

TEST_CASE("spans that touch are one, and a gap stays a gap") {
  const auto tidied =
      tidy({watched(2, 3), watched(0, 1), watched(1, 2), watched(5, 6)}, everything);
  CHECK(tidied == std::vector{watched(0, 3), watched(5, 6)});
}

TEST_CASE("trap 25: a span in which flows were dropped stands alone") {
  const auto tidied = tidy({watched(0, 1), watched(1, 2, 1s, 7), watched(2, 3)}, everything);
  CHECK(tidied.size() == 3);
}

TEST_CASE("another pace is another span") {
  CHECK(tidy({watched(0, 1, 1000ms), watched(1, 2, 1050ms)}, everything).size() == 1);
  CHECK(tidy({watched(0, 1, 1s), watched(1, 2, 5s)}, everything).size() == 2);
}

TEST_CASE("only what lies within the question is told") {
  const Span asked{Time(1min), Time(2min)};
  CHECK(tidy({watched(0, 10)}, asked) == std::vector{watched(1, 2)});
  CHECK(tidy({watched(3, 4)}, asked).empty());
}
