#include "ttq/host_addresses.h"

#include <netdb.h>

#include <algorithm>

#include "model/socket_address.h"

namespace ttq {

std::vector<Address> addresses_of(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;  // or each address comes once for each kind of socket
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &wanted, &found) != 0) return {};
  std::vector<Address> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const auto address = address_of(one->ai_addr);
    if (address && !address->is_loopback() && !address->is_link_local()) {
      addresses.push_back(*address);
    }
  }
  ::freeaddrinfo(found);
  return in_order(std::move(addresses));
}

std::vector<Address> in_order(std::vector<Address> addresses) {
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

}  // namespace ttq
