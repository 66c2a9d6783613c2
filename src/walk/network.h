// An IP network, as in "10.0.0.0/8" (CIDR, RFC 4632 and RFC 4291 2.3).
#pragma once

#include <optional>
#include <string_view>

#include "ttq/address.h"

namespace ttq {

class Network {
 public:
  /// "10.0.0.0/8", "fc00::/7", or an address, which is a network of one. What stands behind the
  /// prefix does not matter: "10.1.2.3/8" is "10.0.0.0/8".
  static std::optional<Network> parse(std::string_view text);

  /// An IPv4 address is in no IPv6 network, not even in ::/0, and the other way round.
  [[nodiscard]] bool contains(const Address& address) const;

 private:
  Network(const Address& base, unsigned bits) : base_(base), bits_(bits) {}

  Address base_;
  unsigned bits_;  ///< of the sixteen bytes, so that IPv4 begins at 96
};

}  // namespace ttq
