// What a client asks for: "/v1/flows?since=…&port=80", taken apart.
//
// Escapes are those of RFC 3986. A "+" stays a plus, unlike in HTML forms: it is part of a time
// ("05:04:05+02:00") that somebody types after curl. "http://web1:18870/v1/flows" is the same as
// "/v1/flows" (RFC 9112 3.2.2: proxies ask like that, and every server must take it); whom it names
// does not matter, since we are only one host.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ttq {

struct GivenParameter {
  std::string name;
  std::string value;

  bool operator==(const GivenParameter&) const = default;
};

struct RequestTarget {
  std::string path;
  std::vector<GivenParameter> parameters;  ///< as given: in order, repeated ones too
};

/// None where it is neither a path nor the http or https URL of one, or holds a broken escape or a
/// control character.
std::optional<RequestTarget> parse_request_target(std::string_view text);

}  // namespace ttq
