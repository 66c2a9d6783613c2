// The address in what the kernel says of a socket's end, or of an interface.
#pragma once

#include <sys/socket.h>

#include <optional>

#include "ttq/address.h"

namespace ttq {

/// None: null, or of a family that has no IP addresses. REQUIRES: as long as its family says.
std::optional<Address> address_of(const sockaddr* name);

}  // namespace ttq
