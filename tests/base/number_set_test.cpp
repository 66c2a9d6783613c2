#include "base/number_set.h"

#include <doctest/doctest.h>

using ttq::NumberSet;

TEST_CASE("a set holds each number once, in order") {
  const NumberSet set({7, 3, 7, 0});
  CHECK(std::vector<std::uint64_t>(set.begin(), set.end()) == std::vector<std::uint64_t>{0, 3, 7});
  CHECK(set.size() == 3);
}

TEST_CASE("it holds what was put in, and nothing else") {
  std::vector<std::uint64_t> even;
  for (std::uint64_t number = 0; number < 2'000; number += 2) even.push_back(number);
  even.push_back(UINT64_MAX);
  const NumberSet set(even);
  for (std::uint64_t number = 0; number < 3'000; ++number) {
    CAPTURE(number);
    CHECK(set.contains(number) == (number < 2'000 && number % 2 == 0));
  }
  CHECK(set.contains(UINT64_MAX));
}

TEST_CASE("an empty set holds nothing") {
  CHECK_FALSE(NumberSet().contains(0));
  CHECK_FALSE(NumberSet(std::vector<std::uint64_t>{}).contains(0));
  CHECK(NumberSet().empty());
}
