#include "api/parameters.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace ttq {
namespace {

constexpr std::size_t max_name_bytes = 255;

template <class T>
bool put(std::optional<T>& place, std::optional<T> value) {
  place = std::move(value);
  return place.has_value();
}

/// An age, such as "-1h", counts from our own clock, so that who asks need not know it.
std::optional<Time> parse_moment(std::string_view text, Time now) {
  if (!text.starts_with('-')) return parse_time(text);
  const auto age = parse_duration(text.substr(1));
  if (!age) return std::nullopt;
  return std::max(Time{}, now - *age);
}

bool put_since(Question& q, const std::string& text) {
  return put(q.since, parse_moment(text, q.now));
}
bool put_until(Question& q, const std::string& text) {
  return put(q.until, parse_moment(text, q.now));
}
bool put_role(Question& q, const std::string& text) { return put(q.query.role, parse_role(text)); }
bool put_proto(Question& q, const std::string& text) {
  return put(q.query.proto, parse_protocol(text));
}

bool put_port(Question& q, const std::string& text) {
  return put(q.query.port, parse_port(text)) && *q.query.port > 0;
}

bool put_peer(Question& q, const std::string& text) {
  return put(q.query.peer, Address::parse(text));
}

bool put_name(Question& q, const std::string& text) {
  q.query.name = text;
  return !text.empty() && text.size() <= max_name_bytes;
}

bool put_pgid(Question& q, const std::string& text) {
  return put(q.query.pgid, parse_integer<std::int32_t>(text)) && *q.query.pgid > 0;
}

bool put_limit(Question& q, const std::string& text) {
  return put(q.limit, parse_integer<std::size_t>(text)) && *q.limit >= 1 && *q.limit <= max_limit;
}

/// Whether it is one of the store's own is asked of the store.
bool put_cursor(Question& q, const std::string& text) {
  q.query.cursor = text;
  return !text.empty();
}

bool put_with(Question& q, const std::string& text) {
  for (const auto part : split(text, ',')) {
    if (part == "listeners") {
      q.with_listeners = true;
    } else if (part == "recent") {
      q.with_recent = true;
    } else {
      return false;
    }
  }
  return true;
}

bool put_unless(Question& q, const std::string& text) {
  q.unless = text;
  return !text.empty() && text.size() <= max_name_bytes;
}

constexpr std::string_view a_time = "a time of RFC 3339, seconds since 1970, or an age like -1h30m";

// The first four are also those of /v1/listeners.
constexpr std::array<Parameter, 12> parameters{{
    {"since", a_time, put_since},
    {"until", a_time, put_until},
    {"limit", "a number from 1 to 10000", put_limit},
    {"cursor", "\"next\" of the page before", put_cursor},
    {"role", "active or passive", put_role},
    {"proto", "tcp or udp", put_proto},
    {"port", "a number from 1 to 65535", put_port},
    {"peer", "an IPv4 or IPv6 address", put_peer},
    {"name", "1 to 255 bytes", put_name},
    {"pgid", "a number from 1 to 2147483647", put_pgid},
    {"with", "listeners, recent, or both with a comma between", put_with},
    {"unless", "the instance of a host, 1 to 255 bytes", put_unless},
}};

const Parameter* find(std::span<const Parameter> allowed, std::string_view name) {
  const auto found = std::find_if(allowed.begin(), allowed.end(),
                                  [&](const Parameter& row) { return row.name == name; });
  return found == allowed.end() ? nullptr : &*found;
}

Fault unknown_parameter(std::span<const Parameter> allowed, std::string_view name) {
  std::string names;
  for (const Parameter& row : allowed) {
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  return Fault{"unknown parameter \"" + clean(name, 64) +
               "\": " + (names.empty() ? "this path has none" : "allowed are " + names)};
}

bool is_repeated(const std::vector<GivenParameter>& given, std::string_view name) {
  return std::count_if(given.begin(), given.end(),
                       [&](const GivenParameter& one) { return one.name == name; }) > 1;
}

Result<Question> finish(Question question) {
  const Time until = question.until.value_or(question.now);
  const Time since = question.since.value_or(std::max(Time{}, until - default_span));
  if (until <= since) {
    return Fault{"until must be later than since: " + print_time(until) + " is not later than " +
                 print_time(since)};
  }
  question.query.span = {since, until};
  question.query.limit = question.limit.value_or(default_limit);
  return question;
}

}  // namespace

std::span<const Parameter> flow_parameters() { return parameters; }
std::span<const Parameter> listener_parameters() { return flow_parameters().first(4); }

Result<Question> parse_question(std::span<const Parameter> allowed,
                                const std::vector<GivenParameter>& given, Time now) {
  Question question{.now = now};
  for (const auto& [name, value] : given) {
    const Parameter* parameter = find(allowed, name);
    if (parameter == nullptr) return unknown_parameter(allowed, name);
    if (is_repeated(given, name)) return Fault{name + " is given more than once"};
    if (!parameter->put(question, value)) {
      return Fault{name + " must be " + std::string(parameter->allowed)};
    }
  }
  return finish(std::move(question));
}

}  // namespace ttq
