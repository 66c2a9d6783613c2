// By what a host is spoken of so that whoever hears it finds the same one.
#pragma once

#include <string_view>

#include "ttq/address.h"

namespace ttq {

/// Whether it means another host to each who says it, or none: loopback, link-local, multicast,
/// broadcast, "this network".
bool is_relative(const Address& address);

/// Whether it may be a name in DNS or of a Host of ssh_config(5), or is an IPv4 address: letters,
/// digits, '.', '_' and '-', not at its beginning; at most 253 of them (RFC 1035 2.3.4, without the
/// root's dot).
bool is_host_name(std::string_view text);

/// Which inet_aton(3) would take for an address: "5432" is 0.0.21.56, and a port without its colon.
bool is_bare_number(std::string_view text);

}  // namespace ttq
