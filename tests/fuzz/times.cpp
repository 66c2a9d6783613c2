// Moments and durations as people type them.
#include <cstdlib>

#include "fuzz.h"
#include "ttq/since_time.h"

using namespace ttq;

namespace {

const Time now = parse_time("2026-03-29T00:30:00Z").value();  // an hour before the clocks go on

void check_moment(std::optional<Time> moment) {
  if (!moment) return;
  fuzz::require(parse_time(print_time(*moment)) == moment, "a time is printed as it can be read");
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  [[maybe_unused]] static const int zone = ::setenv("TZ", "Europe/Berlin", 1);
  check_moment(parse_time(bytes));
  check_moment(parse_since(bytes, now));
  if (const auto length = parse_duration(bytes)) {
    require(*length >= Duration(0), "a duration has no sign");
    require(parse_duration(print_duration(*length)) == length,
            "a duration is printed as it can be read");
  }
}
