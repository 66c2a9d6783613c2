#include "wire/json_parts.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"

namespace ttq {
namespace {

bool is_printable_ascii(char c) { return c >= ' ' && c < '\x7f'; }

/// RFC 8259 7; what is over U+FFFF takes two.
std::string json_escape(std::uint32_t code_point) {
  char escape[24];
  if (code_point < 0x10000) {
    std::snprintf(escape, sizeof escape, "\\u%04x", code_point);
  } else {
    const std::uint32_t rest = code_point - 0x10000;
    std::snprintf(escape, sizeof escape, "\\u%04x\\u%04x", 0xD800 + (rest >> 10U),
                  0xDC00 + (rest & 0x3FFU));
  }
  return escape;
}

}  // namespace

Json json_of(const Connections& connections) {
  return {{"now", connections.now},       {"max", connections.max},
          {"opened", connections.opened}, {"closed", connections.closed},
          {"failed", connections.failed}, {"pending", connections.pending}};
}

Json json_of_traffic(const std::optional<Traffic>& traffic, bool attempts_known) {
  const auto number = [&](auto member) {
    return traffic ? Json((*traffic).*member) : Json(nullptr);
  };
  return {{"attempts", attempts_known ? number(&Traffic::attempts) : Json(nullptr)},
          {"bytes_sent", number(&Traffic::bytes_sent)},
          {"bytes_received", number(&Traffic::bytes_received)},
          {"rtt_us", traffic ? json_or_null(mean_rtt_us(*traffic)) : Json(nullptr)},
          {"rtt_count", number(&Traffic::rtt_count)},
          {"retransmits", number(&Traffic::retransmits)}};
}

std::optional<std::uint64_t> mean_rtt_us(const Traffic& traffic) {
  if (traffic.rtt_count == 0) return std::nullopt;
  const std::uint64_t rest = traffic.rtt_us_sum % traffic.rtt_count;
  const bool rounds_up = rest >= traffic.rtt_count - rest;
  return traffic.rtt_us_sum / traffic.rtt_count + (rounds_up ? 1 : 0);
}

Json json_of(const Coverage& coverage) {
  return {{"since", print_time(coverage.span.since)},
          {"until", print_time(coverage.span.until)},
          {"interval_ms", coverage.interval.count()},
          {"dropped", coverage.dropped},
          {"events_lost", coverage.lost}};
}

Json json_of(const std::vector<Coverage>& coverage) {
  Json list = Json::array();
  for (const Coverage& span : coverage) list.push_back(json_of(span));
  return list;
}

Json json_of(const std::vector<Address>& addresses) {
  Json list = Json::array();
  for (const Address& address : addresses) list.push_back(address.print());
  return list;
}

Json json_of_place(const Endpoint& endpoint) {
  return {{"address", endpoint.address.print()}, {"port", endpoint.port}};
}

std::string print_key(const ProcessKey& key) {
  char mark[17];
  std::snprintf(mark, sizeof mark, "%llx", static_cast<unsigned long long>(key.mark));
  return std::to_string(key.pgid) + "." + std::to_string(key.pid) + "." + mark;
}

std::string print_value(const Json& json) {
  std::string text = json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
  if (std::all_of(text.begin(), text.end(), is_printable_ascii)) return text;
  return escape_hostile(text, json_escape);  // in strings, for nothing else is not ASCII
}

std::string print_json(const Json& json) { return print_value(json) + "\n"; }

}  // namespace ttq
