#include "wire/json_parts.h"

#include <cstdio>

namespace ttq {

Json json_of(const Connections& connections) {
  return {{"now", connections.now},       {"max", connections.max},
          {"opened", connections.opened}, {"closed", connections.closed},
          {"failed", connections.failed}, {"pending", connections.pending}};
}

Json json_of(const Coverage& coverage) {
  return {{"since", print_time(coverage.span.since)},
          {"until", print_time(coverage.span.until)},
          {"interval_ms", coverage.interval.count()},
          {"dropped", coverage.dropped}};
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
  return json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

std::string print_json(const Json& json) { return print_value(json) + "\n"; }

}  // namespace ttq
