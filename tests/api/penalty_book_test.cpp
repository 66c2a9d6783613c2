#include "api/penalty_book.h"

#include <doctest/doctest.h>

using namespace ttq;
using namespace std::chrono_literals;

namespace {

Origin origin(int host) {
  return Origin::of(
      *Address::parse("10.0." + std::to_string(host / 256) + "." + std::to_string(host % 256)));
}

const PenaltyBook::Moment start{1h};

}  // namespace

TEST_CASE("each wrong token waits longer than the one before, up to a limit") {
  PenaltyBook book;
  for (const auto expected : {1s, 2s, 2s, 2s}) {
    CHECK(book.after_failure(origin(1), start) == start + expected);
  }
}

TEST_CASE("others do not wait for whoever guesses") {
  PenaltyBook book;
  for (int i = 0; i < 5; ++i) book.after_failure(origin(1), start);
  CHECK(book.after_failure(origin(2), start) == start + 1s);
}

TEST_CASE("who has not been wrong for a while begins anew") {
  PenaltyBook book;
  book.after_failure(origin(1), start);
  book.after_failure(origin(1), start);
  const auto later = start + PenaltyBook::memory + 1s;
  CHECK(book.after_failure(origin(1), later) == later + 1s);
}

TEST_CASE("however many guess, a bounded number is remembered: those who did last") {
  PenaltyBook book;
  auto now = start;
  const int many = static_cast<int>(PenaltyBook::most_origins) + 100;
  for (int i = 0; i < many; ++i) book.after_failure(origin(i), now += 1ms);
  CHECK(book.after_failure(origin(many - 1), now) == now + 2s);
  CHECK(book.after_failure(origin(0), now) == now + 1s);
}
