#include "walk/boundary.h"

#include <algorithm>
#include <array>
#include <span>

#include "model/whereabouts.h"

namespace ttq {
namespace {

std::vector<Network> networks(std::initializer_list<std::string_view> texts) {
  std::vector<Network> parsed;
  for (const auto text : texts) parsed.push_back(Network::parse(text).value());
  return parsed;
}

bool is_in(const std::vector<Network>& networks, const Address& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.contains(address); });
}

/// Where clouds answer their machines with credentials and configuration, and which are not
/// link-local (169.254.169.254 is, and so is what ECS, EKS and Tencent use). From the providers'
/// manuals.
const std::vector<Network>& metadata_services() {
  static const auto services = networks({
      "100.100.100.200",  // Alibaba
      "168.63.129.16",    // Azure
      "192.0.0.0/24",     // Oracle has 192.0.0.192; IETF protocol assignments (RFC 6890)
      "fd00:ec2::/32",    // AWS: ::254, and ::23 of EKS
      "fd20:ce::254",     // Google
      "fd00:42::42",      // Scaleway
  });
  return services;
}

/// Behind a prefix that each site divides as it likes, so that the IPv4 address is not known.
const Network& local_nat64() {
  static const Network network = Network::parse("64:ff9b:1::/48").value();  // RFC 8215
  return network;
}

/// Prefixes behind which an IPv4 address stands, and at which byte.
struct Carrier {
  Network network;
  std::size_t at;
};

const std::array<Carrier, 4>& carriers() {
  static const std::array<Carrier, 4> all{{
      {Network::parse("::/96").value(), 12},            // IPv4-compatible, RFC 4291 2.5.5.1
      {Network::parse("::ffff:0:0:0/96").value(), 12},  // IPv4-translated, RFC 2765 2.1
      {Network::parse("64:ff9b::/96").value(), 12},     // NAT64, RFC 6052 2.1
      {Network::parse("2002::/16").value(), 2},         // 6to4, RFC 3056 2
  }};
  return all;
}

/// The IPv4 address that an IPv6 address stands for on some network.
std::optional<Address> carried(const Address& address) {
  for (const Carrier& carrier : carriers()) {
    if (!carrier.network.contains(address)) continue;
    return Address::v4(std::span(address.bytes()).subspan(carrier.at).first<4>());
  }
  return std::nullopt;
}

std::optional<NotAsked> obstacle_everywhere(const Address& address) {
  if (is_relative(address)) return NotAsked::relative;
  if (is_in(metadata_services(), address) || local_nat64().contains(address)) {
    return NotAsked::forbidden;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Network> Boundary::private_networks() {
  return networks({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"});
}

std::vector<Network> Boundary::all_networks() { return networks({"0.0.0.0/0", "::/0"}); }

std::optional<NotAsked> Boundary::obstacle(const Address& address) const {
  if (const auto obstacle = obstacle_everywhere(address)) return obstacle;
  if (const auto v4 = carried(address)) {
    if (obstacle_everywhere(*v4)) return NotAsked::forbidden;
  }
  if (!is_in(networks_, address)) return NotAsked::outside;
  return std::nullopt;
}

}  // namespace ttq
