// Under which addresses a host is asked.
#pragma once

#include <string>
#include <vector>

#include "ttq/address.h"

namespace ttq {

/// Those that its name has for getaddrinfo(3), of both families, without those that mean something
/// else on each host (loopback, link-local). None: it cannot be resolved, or has no other ones.
std::vector<Address> addresses_of(const std::string& host);

/// Sorted, each once.
std::vector<Address> in_order(std::vector<Address> addresses);

}  // namespace ttq
