#include "ttq/since_time.h"

#include <doctest/doctest.h>
#include <time.h>

#include <cstdlib>
#include <string>

using namespace ttq;

namespace {

/// A time zone for as long as it lives. Spelled as POSIX does, since no zone files need be there.
class InZone {
 public:
  explicit InZone(const char* zone) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    set(zone);
  }
  ~InZone() { before_.empty() ? unset() : set(before_.c_str()); }
  InZone(const InZone&) = delete;
  InZone& operator=(const InZone&) = delete;

 private:
  static void set(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
  static void unset() {
    unsetenv("TZ");
    tzset();
  }
  std::string before_;
};

constexpr const char* berlin = "CET-1CEST,M3.5.0,M10.5.0/3";

/// As asked for on the morning of 3 January 2026, in Berlin: 08:30:15 there.
std::string read(std::string_view text, const char* now = "2026-01-03T07:30:15Z") {
  const InZone zone(berlin);
  const auto moment = parse_since(text, parse_time(now).value());
  return moment ? print_time(*moment) : "refused";
}

}  // namespace

TEST_CASE("moments as people type them, in their own time zone") {
  CHECK(read("now") == "2026-01-03T07:30:15Z");
  CHECK(read("today") == "2026-01-02T23:00:00Z");
  CHECK(read("yesterday") == "2026-01-01T23:00:00Z");
  CHECK(read("tomorrow") == "2026-01-03T23:00:00Z");
  CHECK(read("2026-01-02") == "2026-01-01T23:00:00Z");
  CHECK(read("2026-01-02 03:04") == "2026-01-02T02:04:00Z");
  CHECK(read("2026-01-02 03:04:05") == "2026-01-02T02:04:05Z");
  CHECK(read("2026-01-02T03:04:05") == "2026-01-02T02:04:05Z");
  CHECK(read("2026-01-02 03:04 UTC") == "2026-01-02T03:04:00Z");
  CHECK(read("07:15") == "2026-01-03T06:15:00Z");
  CHECK(read(" 07:15:01 ") == "2026-01-03T06:15:01Z");
}

TEST_CASE("moments counted from now") {
  CHECK(read("-1h") == "2026-01-03T06:30:15Z");
  CHECK(read("-2h 30min") == "2026-01-03T05:00:15Z");
  CHECK(read("-2h30min") == "2026-01-03T05:00:15Z");
  CHECK(read("10min ago") == "2026-01-03T07:20:15Z");
  CHECK(read("1 hour 5 minutes ago") == "2026-01-03T06:25:15Z");
  CHECK(read("+10s") == "2026-01-03T07:30:25Z");
  CHECK(read("-1week 1d") == "2025-12-26T07:30:15Z");
}

TEST_CASE("moments that carry their own zone") {
  CHECK(read("@1767323045") == "2026-01-02T03:04:05Z");
  CHECK(read("2026-01-02T03:04:05Z") == "2026-01-02T03:04:05Z");
  CHECK(read("2026-01-02T03:04:05.5+02:00") == "2026-01-02T01:04:05.500Z");
}

TEST_CASE("summer time begins and ends between now and then") {
  CHECK(read("yesterday", "2026-03-29T12:00:00Z") == "2026-03-27T23:00:00Z");
  CHECK(read("today", "2026-03-29T12:00:00Z") == "2026-03-28T23:00:00Z");
  CHECK(read("00:30", "2026-03-29T12:00:00Z") == "2026-03-28T23:30:00Z");
  CHECK(read("2026-07-01 12:00") == "2026-07-01T10:00:00Z");
  CHECK(read("yesterday", "2026-03-01T12:00:00Z") == "2026-02-27T23:00:00Z");
}

TEST_CASE("what is not a moment is refused") {
  for (const char* bad : {"",
                          " ",
                          "-",
                          "ago",
                          " ago",
                          "5",
                          "1767323045",
                          "1h",
                          "-1",
                          "-1x",
                          "--1h",
                          "-1h ago x",
                          "-h",
                          "25:00",
                          "12:60",
                          "12:00:60",
                          "1:2",
                          "12",
                          "2026-02-30",
                          "2026-13-01",
                          "2026-1-2",
                          "2026-01-02 25:00",
                          "2026-01-02 03:04 CET",
                          "03:04 UTC",
                          "@",
                          "@x",
                          "@-1",
                          "@99999999999",
                          "-9999y",
                          "+99999999999d",
                          "1969-12-31",
                          "\xff",
                          "noon",
                          "today now"}) {
    CAPTURE(bad);
    CHECK(read(bad) == "refused");
  }
}
