#include "ttq/since_time.h"

#include <array>
#include <ctime>
#include <string>
#include <utility>

#include "base/text.h"

namespace ttq {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::seconds;

constexpr std::string_view digits = "0123456789";
constexpr Duration longest_span = days(365'250);

/// The spellings of systemd.time(7), "Parsing Time Spans".
constexpr std::array<std::pair<std::string_view, Duration>, 31> units{{
    {"ms", 1ms},
    {"msec", 1ms},
    {"s", 1s},
    {"sec", 1s},
    {"second", 1s},
    {"seconds", 1s},
    {"m", 1min},
    {"min", 1min},
    {"minute", 1min},
    {"minutes", 1min},
    {"h", 1h},
    {"hr", 1h},
    {"hour", 1h},
    {"hours", 1h},
    {"d", days(1)},
    {"day", days(1)},
    {"days", days(1)},
    {"w", days(7)},
    {"week", days(7)},
    {"weeks", days(7)},
    {"M", 2'629'800s},
    {"month", 2'629'800s},
    {"months", 2'629'800s},
    {"y", 31'557'600s},
    {"year", 31'557'600s},
    {"years", 31'557'600s},
    {"mins", 1min},
    {"secs", 1s},
    {"hrs", 1h},
    {"wk", days(7)},
    {"yr", 31'557'600s},
}};

std::optional<Duration> unit_length(std::string_view name) {
  for (const auto& [unit, length] : units) {
    if (unit == name) return length;
  }
  return std::nullopt;
}

std::string_view take_while(std::string_view& text, bool digit) {
  const auto end = digit ? text.find_first_not_of(digits) : text.find_first_of("0123456789 ");
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(taken.size());
  return taken;
}

/// "2h 30min", "1week2days".
std::optional<Duration> parse_span(std::string_view text) {
  Duration sum{0};
  text = trim(text);
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto number = parse_integer<std::uint32_t>(take_while(text, true));
    text = trim(text);
    const auto unit = unit_length(take_while(text, false));
    text = trim(text);
    if (!number || !unit || *number > longest_span / *unit) return std::nullopt;
    sum += *number * *unit;
  }
  if (sum > longest_span) return std::nullopt;
  return sum;
}

std::optional<Time> parse_relative(std::string_view text, Time now) {
  constexpr std::string_view ago = " ago";
  std::optional<Duration> span;
  const bool back = text.starts_with('-') || text.ends_with(ago);
  if (text.starts_with('-') || text.starts_with('+')) {
    span = parse_span(text.substr(1));
  } else if (text.ends_with(ago)) {
    span = parse_span(text.substr(0, text.size() - ago.size()));
  }
  if (!span) return std::nullopt;
  return back ? now - *span : now + *span;
}

std::tm local_calendar(Time moment) {
  const std::time_t clock = std::chrono::system_clock::to_time_t(moment);
  std::tm calendar{};
  localtime_r(&clock, &calendar);
  return calendar;
}

/// Lets the C library normalise what is out of range (the day before the first of a month) and
/// find out whether summer time holds.
Time from_calendar(std::tm calendar, bool utc) {
  calendar.tm_isdst = -1;
  const std::time_t clock = utc ? timegm(&calendar) : mktime(&calendar);
  return Time(seconds(clock));
}

void to_midnight(std::tm& calendar) { calendar.tm_hour = calendar.tm_min = calendar.tm_sec = 0; }

std::optional<Time> parse_word(std::string_view text, Time now) {
  if (text == "now") return now;
  std::tm calendar = local_calendar(now);
  to_midnight(calendar);
  if (text == "yesterday") {
    --calendar.tm_mday;
  } else if (text == "tomorrow") {
    ++calendar.tm_mday;
  } else if (text != "today") {
    return std::nullopt;
  }
  return from_calendar(calendar, false);
}

std::optional<int> parse_digits(std::string_view text, std::size_t count) {
  if (text.size() != count || text.find_first_not_of(digits) != std::string_view::npos) {
    return std::nullopt;
  }
  return parse_integer<int>(text);
}

bool set_date(std::tm& calendar, std::string_view text) {
  const auto parts = split(text, '-');
  if (parts.size() != 3) return false;
  const auto year = parse_digits(parts[0], 4);
  const auto month = parse_digits(parts[1], 2);
  const auto day = parse_digits(parts[2], 2);
  if (!year || !month || !day) return false;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(unsigned(*month)),
                                         std::chrono::day(unsigned(*day))};
  calendar.tm_year = *year - 1900;
  calendar.tm_mon = *month - 1;
  calendar.tm_mday = *day;
  return date.ok();
}

bool set_clock(std::tm& calendar, std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 2 && parts.size() != 3) return false;
  const auto hour = parse_digits(parts[0], 2);
  const auto minute = parse_digits(parts[1], 2);
  const auto second = parts.size() == 3 ? parse_digits(parts[2], 2) : 0;
  if (!hour || !minute || !second) return false;
  calendar.tm_hour = *hour;
  calendar.tm_min = *minute;
  calendar.tm_sec = *second;
  return *hour <= 23 && *minute <= 59 && *second <= 59;
}

/// "DATE", "CLOCK" or "DATE CLOCK", and " UTC" behind those with a date.
std::optional<Time> parse_calendar(std::string_view text, Time now) {
  constexpr std::string_view zone = " UTC";
  const bool utc = text.ends_with(zone);
  if (utc) text.remove_suffix(zone.size());
  std::tm calendar = local_calendar(now);
  to_midnight(calendar);
  const auto gap = text.find_first_of(" T");
  const std::string_view first = text.substr(0, gap);
  if (gap != std::string_view::npos) {
    const std::string_view clock = trim(text.substr(gap + 1));
    if (!set_date(calendar, first) || !set_clock(calendar, clock)) return std::nullopt;
  } else if (!set_date(calendar, first)) {
    calendar = local_calendar(now);
    if (utc || !set_clock(calendar, first)) return std::nullopt;
  }
  return from_calendar(calendar, utc);
}

/// Bare digits are seconds since the epoch for parse_time(), and too easily meant as minutes.
std::optional<Time> parse_exact(std::string_view text) {
  if (text.starts_with('@')) {
    text.remove_prefix(1);
    return text.find_first_not_of("0123456789.") == std::string_view::npos ? parse_time(text)
                                                                           : std::nullopt;
  }
  return text.find('-') == std::string_view::npos ? std::nullopt : parse_time(text);
}

}  // namespace

std::optional<Time> parse_since(std::string_view text, Time now) {
  text = trim(text);
  auto moment = parse_word(text, now);
  if (!moment) moment = parse_relative(text, now);
  if (!moment) moment = parse_exact(text);
  if (!moment) moment = parse_calendar(text, now);
  const Time end_of_time = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);
  if (!moment || *moment < Time{} || *moment >= end_of_time) return std::nullopt;
  return moment;
}

}  // namespace ttq
