#include "api/refusal_book.h"

#include <doctest/doctest.h>

using namespace ttq;
using namespace std::chrono_literals;

TEST_CASE("every limit has its count, also where it has refused nobody") {
  RefusalBook book;
  book.count(Refusal::busy);
  book.count(Refusal::busy);
  book.count(Refusal::too_many);
  CHECK(book.read() == RefusalBook::Counts{{"too_many", 1},
                                           {"made_room", 0},
                                           {"too_large", 0},
                                           {"malformed", 0},
                                           {"too_slow", 0},
                                           {"slow_reader", 0},
                                           {"busy", 2},
                                           {"stranger", 0},
                                           {"bad_token", 0},
                                           {"no_tls", 0}});
}

TEST_CASE("a stranger does not decide how long the log becomes") {
  RefusalBook book;
  const auto now = RefusalBook::Moment{} + 1h;
  CHECK(book.take_news(now).empty());
  book.count(Refusal::malformed);
  CHECK(book.take_news(now) == "HTTP clients were refused since this was last said: 1 malformed");
  for (int i = 0; i < 1000; ++i) book.count(Refusal::malformed);
  book.count(Refusal::too_slow);
  CHECK(book.take_news(now + 59s).empty());
  CHECK(book.take_news(now + 60s) ==
        "HTTP clients were refused since this was last said: 1000 malformed, 1 too_slow");
  CHECK(book.take_news(now + 180s).empty());
}
