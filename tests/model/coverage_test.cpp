#include "ttq/coverage.h"

#include <doctest/doctest.h>

using namespace ttq;
using namespace std::chrono_literals;

namespace {

Coverage span_of(int from_minute, int to_minute, Duration interval = 1s,
                 std::uint64_t dropped = 0) {
  return {{Time(std::chrono::minutes(from_minute)), Time(std::chrono::minutes(to_minute))},
          interval,
          dropped};
}

const Span everything{Time(0min), Time(100min)};

}  // namespace

TEST_CASE("spans that touch are one, and a gap stays a gap") {
  const auto tidied =
      tidy({span_of(2, 3), span_of(0, 1), span_of(1, 2), span_of(5, 6)}, everything);
  CHECK(tidied == std::vector{span_of(0, 3), span_of(5, 6)});
}

TEST_CASE("trap 25: a span in which flows were dropped stands alone") {
  const auto tidied = tidy({span_of(0, 1), span_of(1, 2, 1s, 7), span_of(2, 3)}, everything);
  CHECK(tidied.size() == 3);
}

TEST_CASE("trap 25: a span in which kernel events were lost stands alone") {
  Coverage lossy = span_of(1, 2);
  lossy.lost = 7;
  const auto tidied = tidy({span_of(0, 1), lossy, span_of(2, 3)}, everything);
  CHECK(tidied == std::vector{span_of(0, 1), lossy, span_of(2, 3)});
}

TEST_CASE("another pace is another span") {
  CHECK(tidy({span_of(0, 1, 1000ms), span_of(1, 2, 1050ms)}, everything).size() == 1);
  CHECK(tidy({span_of(0, 1, 1s), span_of(1, 2, 5s)}, everything).size() == 2);
}

TEST_CASE("what is watched is counted once, however the spans overlap") {
  CHECK(watched({span_of(0, 3), span_of(1, 2, 1s, 7), span_of(5, 6)}, everything) == 4min);
  CHECK(watched({}, everything) == 0s);
}

TEST_CASE("a span is watched throughout if no more than the last flush is missing") {
  const Span hour{Time(0min), Time(60min)};
  const auto until = [](Duration end) {
    return std::vector<Coverage>{{{Time{}, Time(end)}, 1s, 0}};
  };
  CHECK(is_watched_throughout(until(60min - 9s), hour));
  CHECK_FALSE(is_watched_throughout(until(60min - 11s), hour));
  CHECK_FALSE(is_watched_throughout(until(13s), {Time{}, Time(20s)}));
}

TEST_CASE("only what lies within the question is told") {
  const Span asked{Time(1min), Time(2min)};
  CHECK(tidy({span_of(0, 10)}, asked) == std::vector{span_of(1, 2)});
  CHECK(tidy({span_of(3, 4)}, asked).empty());
}
