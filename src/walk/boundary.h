// The boundary: at which addresses that peers speak of somebody may be asked.
//
// Whoever answers a walk decides with his data whom it turns to next, from the machine and with the
// rights of whoever runs `ttq`. So an address from data is asked only in networks that are ours, by
// default the private ones; and some are asked in none: those that mean another host to each who
// says them, and those where a cloud hands out a machine's secrets. An IPv6 address that some
// gateway or tunnel turns into an IPv4 address is forbidden where that one is.
//
// What the user typed as a target is no such address, and is asked wherever it is.
#pragma once

#include <vector>

#include "ttq/graph.h"
#include "walk/network.h"

namespace ttq {

class Boundary {
 public:
  /// Around the private networks: RFC 1918, RFC 6598 (100.64.0.0/10, which overlay networks use)
  /// and RFC 4193 (fc00::/7).
  Boundary() : networks_(private_networks()) {}
  explicit Boundary(std::vector<Network> networks) : networks_(std::move(networks)) {}

  static std::vector<Network> private_networks();
  static std::vector<Network> all_networks();

  /// Why nobody is asked there. none: somebody may be.
  [[nodiscard]] std::optional<NotAsked> obstacle(const Address& address) const;

 private:
  std::vector<Network> networks_;
};

}  // namespace ttq
