// The pieces of JSON that reports and graphs have in common. Only for bodies in this directory.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ttq/coverage.h"
#include "ttq/flow.h"
#include "ttq/time.h"

namespace ttq {

/// Members are printed in the order in which they are written down.
using Json = nlohmann::ordered_json;

Json json_of(const Connections& connections);
/// "attempts" and what follows it: all null where there is no traffic.
Json json_of_traffic(const std::optional<Traffic>& traffic, bool attempts_known);
Json json_of(const Coverage& coverage);
Json json_of(const std::vector<Coverage>& coverage);
Json json_of(const std::vector<Address>& addresses);
Json json_of_place(const Endpoint& endpoint);  ///< address and port

/// Rounded; none: there was no reading.
std::optional<std::uint64_t> mean_rtt_us(const Traffic& traffic);

template <class T>
Json json_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// Null where it is empty.
inline Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

/// "4656.4656.9f3c…": opaque to others, who need it only to tell one process from the next.
std::string print_key(const ProcessKey& key);

/// Strings that are not UTF-8 are repaired: a print never fails. Hostile characters are escaped,
/// for JSON is looked at in terminals too.
std::string print_value(const Json& json);
/// The same as a line.
std::string print_json(const Json& json);

}  // namespace ttq
