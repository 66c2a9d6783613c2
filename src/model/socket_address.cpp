#include "model/socket_address.h"

#include <netinet/in.h>

#include <array>
#include <cstring>

namespace ttq {

std::optional<Address> address_of(const sockaddr* name) {
  if (name == nullptr) return std::nullopt;
  if (name->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, name, sizeof in);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return Address::v4(bytes);
  }
  if (name->sa_family == AF_INET6) {
    sockaddr_in6 in6{};
    std::memcpy(&in6, name, sizeof in6);
    Address::Bytes bytes{};
    std::memcpy(bytes.data(), &in6.sin6_addr, bytes.size());
    return Address::v6(bytes);
  }
  return std::nullopt;
}

}  // namespace ttq
