#include "ttq/time.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdio>

#include "base/text.h"

namespace ttq {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Time last_time =
    std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} + hours(24) - milliseconds(1);

/// Takes `count` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  const auto number = parse_integer<unsigned>(text.substr(0, count));
  if (!number) return std::nullopt;
  text.remove_prefix(count);
  return static_cast<int>(*number);
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

/// ".6", ".678", ".678901": milliseconds, what is finer cut off. An absent fraction is 0.
std::optional<milliseconds> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return milliseconds(0);
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0) return std::nullopt;
  std::string thousandths(text.substr(0, digits));
  thousandths.resize(3, '0');
  text.remove_prefix(digits);
  return milliseconds(parse_integer<int>(thousandths).value_or(0));
}

/// "Z", "+02:00", "-05:30".
std::optional<minutes> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return minutes(0);
  const bool west = !text.empty() && text.front() == '-';
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  const minutes offset = hours(*hour) + minutes(*minute);
  return west ? -offset : offset;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

/// A leap second (":60") is taken for the second before it.
std::optional<seconds> take_clock(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return hours(*hour) + minutes(*minute) + seconds(std::min(*second, 59));
}

std::optional<Time> parse_rfc3339(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !(take(text, 'T') || take(text, 't') || take(text, ' '))) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return Time(*date) + *clock + *fraction - *offset;
}

std::optional<Time> parse_unix_seconds(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto whole = parse_integer<std::uint32_t>(text.substr(0, digits));
  text.remove_prefix(digits);
  const auto fraction = take_fraction(text);
  if (!whole || !fraction || !text.empty()) return std::nullopt;
  return Time(seconds(*whole)) + *fraction;
}

struct Unit {
  std::string_view suffix;
  Duration length;
};

constexpr std::array<Unit, 5> units{{
    {"d", days(1)},
    {"h", hours(1)},
    {"m", minutes(1)},
    {"s", seconds(1)},
    {"ms", milliseconds(1)},
}};

constexpr Duration longest_duration = days(36'525);

}  // namespace

Span intersection(const Span& a, const Span& b) {
  return {std::max(a.since, b.since), std::min(a.until, b.until)};
}

Window window_at(Time moment, Duration length) {
  assert(length > Duration(0));
  const auto since_epoch = moment.time_since_epoch();
  auto past = since_epoch % length;
  if (past < Duration(0)) past += length;
  return {moment - past, length};
}

std::string print_time(Time moment) {
  const auto day = std::chrono::floor<days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  std::array<char, 64> text{};
  const auto thousandths = static_cast<int>(clock.subseconds().count());
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(clock.hours().count()),
                int(clock.minutes().count()), int(clock.seconds().count()));
  std::string printed = text.data();
  if (thousandths != 0) {
    std::snprintf(text.data(), text.size(), ".%03d", thousandths);
    printed += text.data();
  }
  return printed + "Z";
}

std::optional<Time> parse_time(std::string_view text) {
  auto moment = parse_unix_seconds(text);
  if (!moment) moment = parse_rfc3339(text);
  if (!moment || *moment < Time{} || *moment > last_time) return std::nullopt;
  return moment;
}

std::optional<Duration> parse_duration(std::string_view text) {
  Duration sum{0};
  auto unit = units.begin();
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_integer<std::uint32_t>(text.substr(0, digits));
    text.remove_prefix(digits);
    const auto letters = std::min(text.find_first_of("0123456789"), text.size());
    const auto suffix = text.substr(0, letters);
    unit = std::find_if(unit, units.end(), [&](const Unit& u) { return u.suffix == suffix; });
    if (!number || unit == units.end()) return std::nullopt;
    if (*number > longest_duration / unit->length) return std::nullopt;
    sum += *number * unit->length;
    text.remove_prefix(letters);
    ++unit;
  }
  if (sum > longest_duration) return std::nullopt;
  return sum;
}

std::string print_duration(Duration length) {
  std::string printed;
  for (const Unit& unit : units) {
    const auto count = length / unit.length;
    if (count == 0) continue;
    printed += std::to_string(count) + std::string(unit.suffix);
    length -= count * unit.length;
  }
  return printed.empty() ? "0s" : printed;
}

}  // namespace ttq
