#include "api/listen_address.h"

#include <sys/un.h>

#include <algorithm>

#include "base/text.h"
#include "ttq/endpoint.h"

namespace ttq {
namespace {

/// sun_path holds a final NUL too (unix(7)).
constexpr std::size_t max_path_bytes = sizeof(sockaddr_un::sun_path) - 1;

Fault refuse(std::string_view text, std::string_view why) {
  return Fault{"listen address \"" + clean(text) + "\": " + std::string(why)};
}

Result<ListenAddress> parse_unix(std::string_view text, std::string_view path) {
  if (path.empty() || path.front() != '/') return refuse(text, "the path must begin with \"/\"");
  if (path.find('\0') != path.npos) return refuse(text, "the path holds a NUL");
  if (path.size() > max_path_bytes) return refuse(text, "the path is longer than 107 bytes");
  return ListenAddress{.unix_path = std::string(path)};
}

/// Without its brackets, which IPv6 must have and IPv4 must not.
std::optional<Address> parse_host(std::string_view text) {
  const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (bracketed) text = text.substr(1, text.size() - 2);
  const bool colons = text.find(':') != text.npos;
  return bracketed == colons ? Address::parse(text) : std::nullopt;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  constexpr std::string_view unix_prefix = "unix:";
  if (text.substr(0, unix_prefix.size()) == unix_prefix) {
    return parse_unix(text, text.substr(unix_prefix.size()));
  }
  const auto colon = text.rfind(':');
  if (colon == text.npos) {
    return refuse(text, "must be unix:/path, IPV4:PORT or [IPV6]:PORT");
  }
  const auto address = parse_host(text.substr(0, colon));
  if (!address) return refuse(text, "must begin with an IPv4 address, or an IPv6 one in brackets");
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return refuse(text, "the port must be a number from 0 to 65535");
  return ListenAddress{.address = *address, .port = *port};
}

std::string print_listen_address(const ListenAddress& address) {
  if (!address.unix_path.empty()) return "unix:" + address.unix_path;
  return print_endpoint({Protocol::tcp, address.address, address.port});
}

}  // namespace ttq
