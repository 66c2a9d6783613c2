// A moment as people type it, after systemd.time(7): what -S and -U take.
//
//   now, today, yesterday, tomorrow          midnight, but for "now"
//   -1h   +10min   -2h 30min   10min ago     from now
//   2026-01-02 [03:04[:05]]   03:04[:05]     midnight where no clock is given, today where no date
//   @1767323045                              seconds since the epoch
//   2026-01-02T03:04:05Z                     RFC 3339, with its own offset
//
// All but the last two are in the local time zone (TZ), or in UTC where " UTC" follows the date.
// Not taken, of what systemd takes: weekdays, other zones by name, fractions of units.
#pragma once

#include <optional>
#include <string_view>

#include "ttq/time.h"

namespace ttq {

/// none: not a moment, or none between the years 1970 and 9999.
std::optional<Time> parse_since(std::string_view text, Time now);

}  // namespace ttq
