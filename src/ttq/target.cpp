#include "ttq/target.h"

#include <algorithm>

#include "base/text.h"
#include "model/whereabouts.h"
#include "ttq/address.h"

namespace ttq {
namespace {

bool is_v6(std::string_view text) {
  return text.find(':') != std::string_view::npos && Address::parse(text).has_value();
}

Fault complaint(std::string_view text, std::string_view why) {
  return Fault{"\"" + clean(text) + "\" " + std::string(why)};
}

/// Where the host ends: at the bracket, or at the only colon.
std::size_t end_of_host(std::string_view text) {
  if (is_v6(text)) return text.size();
  if (text.starts_with('[')) return std::min(text.find(']'), text.size() - 1) + 1;
  return std::min(text.find(':'), text.size());
}

}  // namespace

Result<HostPort> parse_target(std::string_view text) {
  constexpr std::string_view no_host = "is not HOST, HOST:PORT or [v6]:PORT";
  if (text.empty()) return complaint(text, no_host);
  if (text.front() == '-') return complaint(text, "begins with '-', and no host does");
  std::string_view host = text.substr(0, end_of_host(text));
  const std::string_view rest = text.substr(host.size());
  HostPort target;
  if (!rest.empty()) {
    target.port = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
    if (!target.port || *target.port == 0) {
      return complaint(text, "does not end in a port from 1 to 65535");
    }
  }
  if (!host.empty() && is_bare_number(host)) {
    return complaint(text, "is a number and no host; a port of this host is :" + std::string(host));
  }
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool is_host = bracketed ? is_v6(host) : host.empty() || is_v6(host) || is_host_name(host);
  if (!is_host) return complaint(text, no_host);
  target.host = host;
  return target;
}

}  // namespace ttq
