#include "bench/figure.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace ttq::bench;

TEST_CASE("a figure survives its line of JSON") {
  Figure figure{.bench = "held", .what = "RSS, idle", .unit = "MiB", .samples = {19.5, 20.5}};
  figure.demand(20);
  const auto read = parse_figure(print_figure(figure));
  REQUIRE(read);
  CHECK(print_figure(*read) == print_figure(figure));
  CHECK(read->samples == figure.samples);
  CHECK(verdict(*read) == "met");
}

TEST_CASE("what is not a figure is passed over") {
  for (const char* line : {"", "opening 20,000", "[1]", R"({"bench":"a","what":"b"})",
                           R"({"bench":"a","what":"b","samples":[]})"}) {
    CHECK_FALSE(parse_figure(line));
  }
}

TEST_CASE("a spread is the median between the least and the most") {
  CHECK(print_spread({.bench = {}, .what = {}, .unit = {}, .samples = {31, 29.44, 28}}) ==
        "29.4 [28.0-31.0]");
  CHECK(print_spread({.bench = {}, .what = {}, .unit = {}, .samples = {0.01234}}) == "0.0123");
  CHECK(median({4, 1, 3, 2}) == 2.5);
}

TEST_CASE("a limit bounds the median, not the worst sample") {
  Figure figure{.bench = {}, .what = {}, .unit = {}, .samples = {1.2, 1.3, 9}};
  CHECK(verdict(figure).empty());
  figure.demand(1.3);
  CHECK(verdict(figure) == "met");
  figure.samples = {1.2, 1.4, 1.4};
  CHECK(verdict(figure) == "missed");
}

TEST_CASE("the interval of six pairs is their least and most") {
  // The exact one: 97 % for n = 6, where the next narrower one would have 94 %.
  const Interval interval = interval_of({1, 2, 3, 4, 5, 6});
  CHECK(interval.from == 1);
  CHECK(interval.to == 6);
}

TEST_CASE("of twelve pairs and more, one outlier does not widen the interval") {
  const Interval interval = interval_of({-2, -2, -1, -1, -1, 0, 0, 1, 1, 1, 2, 500});
  CHECK(interval.from > -2);
  CHECK(interval.to < 2);
}

TEST_CASE("five pairs tell nothing, and nothing is claimed of them") {
  CHECK(std::isinf(interval_of({1, 2, 3, 4, 5}).to));
  Figure figure{.bench = {}, .what = {}, .unit = {}, .samples = {1, 2, 3, 4, 5}};
  figure.demand_nothing(3);
  CHECK(verdict(figure).empty());
}

TEST_CASE("a difference is nothing if the interval holds 0 and is narrow") {
  Figure figure{.bench = {}, .what = {}, .unit = {}, .samples = {-2, -1, -1, 0, 0, 1, 1, 2}};
  figure.demand_nothing(4);
  CHECK(verdict(figure) == "met");
  figure.demand_nothing(1);
  CHECK(verdict(figure) == "missed");
  for (double& sample : figure.samples) sample += 3;
  figure.demand_nothing(4);
  CHECK(verdict(figure) == "missed");
}
