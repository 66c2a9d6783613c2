#include "api/turns.h"

#include <doctest/doctest.h>

using namespace ttq;
using Ids = std::vector<std::uint64_t>;

TEST_CASE("a few have a turn at once, and everybody before anybody has two") {
  Turns turns(2);
  CHECK(turns.take({1, 2, 3, 4, 5}) == Ids{1, 2});
  CHECK(turns.take({1, 2, 3, 4, 5}) == Ids{3, 4});
  CHECK(turns.take({1, 2, 3, 4, 5}) == Ids{5, 1});
  CHECK(turns.take({1, 2, 3, 4, 5}) == Ids{2, 3});
}

TEST_CASE("who has gone, or has come since, does not disturb the turns of the others") {
  Turns turns(2);
  CHECK(turns.take({1, 2, 3}) == Ids{1, 2});
  CHECK(turns.take({1, 3, 7, 9}) == Ids{3, 7});
  CHECK(turns.take({1}) == Ids{1});
  CHECK(turns.take({}).empty());
  CHECK(turns.take({4, 5, 6}) == Ids{4, 5});
}
