#include "ttq/time.h"

#include <doctest/doctest.h>

using namespace ttq;
using namespace std::chrono_literals;

namespace {

Time at(std::string_view text) { return parse_time(text).value(); }

}  // namespace

TEST_CASE("a time is read in RFC 3339 or in seconds, and printed in UTC") {
  CHECK(print_time(at("2026-01-02T03:04:05Z")) == "2026-01-02T03:04:05Z");
  CHECK(print_time(at("2026-01-02T03:04:05.678Z")) == "2026-01-02T03:04:05.678Z");
  CHECK(print_time(at("2026-01-02T03:04:05.6Z")) == "2026-01-02T03:04:05.600Z");
  CHECK(at("2026-01-02T05:04:05+02:00") == at("2026-01-02T03:04:05Z"));
  CHECK(at("1767323045") == at("2026-01-02T03:04:05Z"));
  CHECK(at("1767323045.5") == at("2026-01-02T03:04:05.5Z"));
  CHECK(at("2024-02-29T00:00:00Z") < at("2024-03-01T00:00:00Z"));
}

TEST_CASE("what is not a time is refused") {
  for (const char* bad :
       {"", "yesterday", "-1", "2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z",
        "2026-02-29T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T03:04:05Zx",
        "2026-01-02T03:04:05+2:00", "1767323045s", "99999999999", "1.", "1969-12-31T00:00:00Z"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_time(bad).has_value());
  }
}

TEST_CASE("a duration has units, largest first") {
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("1s") == 1s);
  CHECK(parse_duration("2h30m") == 150min);
  CHECK(parse_duration("30d") == 720h);
  CHECK(parse_duration("1m30s") == 90s);
  CHECK(parse_duration("0s") == 0s);
  for (const char* bad :
       {"", "5", "s", "1x", "-1s", "1.5s", "30s1m", "1s1s", "1 s", "99999999999s", "40000d"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad).has_value());
  }
}

TEST_CASE("a printed duration reads back") {
  CHECK(print_duration(90s) == "1m30s");
  CHECK(print_duration(0s) == "0s");
  for (const Duration length :
       {Duration(1ms), Duration(1500ms), Duration(36h), Duration(24h * 30)}) {
    CHECK(parse_duration(print_duration(length)) == length);
  }
}

TEST_CASE("windows are aligned to the epoch and half-open") {
  const Window window = window_at(at("2026-01-02T03:04:59.999Z"), 60s);
  CHECK(print_time(window.start) == "2026-01-02T03:04:00Z");
  CHECK(window_at(window.span().until, 60s).start == window.span().until);
  CHECK_FALSE(window.span().overlaps({window.span().until, window.span().until + 1s}));
}
