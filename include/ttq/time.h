// Time as this project speaks of it: UTC, in milliseconds, always an argument.
//
// No stage reads a clock; `main` and the collector do, and hand the moment on. A Span is half-open.
#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace ttq {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Duration>;

/// [since, until): `since` is in it, `until` is not.
struct Span {
  Time since;
  Time until;

  [[nodiscard]] bool empty() const { return until <= since; }
  [[nodiscard]] bool overlaps(const Span& other) const {
    return since < other.until && other.since < until;
  }
  auto operator<=>(const Span&) const = default;
};

/// What both spans hold; empty() where they do not meet.
Span intersection(const Span& a, const Span& b);

/// An aligned span [start, start + length): what counts are folded over.
struct Window {
  Time start;
  Duration length{60'000};

  [[nodiscard]] Span span() const { return {start, start + length}; }
  auto operator<=>(const Window&) const = default;
};

/// The window of that length, aligned to the Unix epoch, in which `moment` lies. REQUIRES: length >
/// 0.
Window window_at(Time moment, Duration length);

/// RFC 3339 in UTC: "2026-01-02T03:04:05Z", with ".678" where there are milliseconds.
std::string print_time(Time moment);

/// RFC 3339 with any offset, or seconds since the epoch ("1767323045", "1767323045.678").
/// Nothing else, and no date outside the years 1970 to 9999.
std::optional<Time> parse_time(std::string_view text);

/// "500ms", "1s", "5m", "2h30m", "30d": units ms, s, m, h, d, largest first. Bare numbers are
/// refused (seconds or milliseconds?), and so is anything over 100 years.
std::optional<Duration> parse_duration(std::string_view text);

/// The shortest spelling that parse_duration() reads back: 90'000 ms is "1m30s", zero is "0s".
std::string print_duration(Duration length);

}  // namespace ttq
