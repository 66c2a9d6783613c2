#include "model/whereabouts.h"

#include <algorithm>

namespace ttq {
namespace {

constexpr std::size_t longest_name = 253;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

/// RFC 6890 2.2.2: 0.0.0.0/8 is "this host on this network", 255.255.255.255 all on it.
bool is_of_this_network(const Address& address) {
  if (!address.is_v4()) return false;
  const auto& bytes = address.bytes();
  return bytes[12] == 0 ||
         std::all_of(bytes.begin() + 12, bytes.end(), [](auto byte) { return byte == 0xFF; });
}

}  // namespace

bool is_relative(const Address& address) {
  return address.is_loopback() || address.is_wildcard() || address.is_link_local() ||
         address.is_multicast() || is_of_this_network(address);
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

bool is_bare_number(std::string_view text) {
  return text.find_first_not_of("0123456789.") == std::string_view::npos && !Address::parse(text);
}

}  // namespace ttq
