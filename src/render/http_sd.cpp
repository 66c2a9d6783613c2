#include "render/http_sd.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "base/text.h"
#include "wire/peer_entries.h"

namespace ttq {
namespace {

using Claimants = std::map<Address, std::size_t>;

Claimants count_claimants(const Graph& graph) {
  Claimants claimants;
  for (const GraphHost& host : graph.hosts) {
    std::vector<Address> own = host.addresses;
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    for (const Address& address : own) ++claimants[address];
  }
  return claimants;
}

bool is_shown(const Address& address) {
  return !address.is_loopback() && !address.is_link_local() && !address.is_wildcard() &&
         !address.is_multicast();
}

bool is_own_door(const PeerAddress& asked) {
  const auto parsed = Address::parse(asked.host);
  return !asked.unix_path.empty() || asked.host == "localhost" || (parsed && parsed->is_loopback());
}

std::string print_target(const GraphHost& host, std::uint16_t peer_port) {
  const PeerAddress& asked = host.asked;
  const std::string name = is_own_door(asked) ? clean(host.name) : asked.host;
  const bool is_v6 = name.find(':') != std::string::npos;
  const std::uint16_t port = is_own_door(asked) || asked.port == 0 ? peer_port : asked.port;
  return (is_v6 ? "[" + name + "]" : name) + ":" + std::to_string(port);
}

PeerEntry entry_of(const GraphHost& host, std::uint16_t peer_port, const Claimants& claimants) {
  PeerEntry entry{print_target(host, peer_port), host.addresses, host.id, host.name};
  std::sort(entry.addresses.begin(), entry.addresses.end());
  std::erase_if(entry.addresses, [&](const Address& address) {
    return !is_shown(address) || claimants.at(address) > 1;
  });
  return entry;
}

}  // namespace

std::string render_http_sd(const Graph& graph, std::uint16_t peer_port) {
  const Claimants claimants = count_claimants(graph);
  std::vector<PeerEntry> entries;
  for (const GraphHost& host : graph.hosts) {
    if (host.state == HostState::ok) entries.push_back(entry_of(host, peer_port, claimants));
  }
  std::sort(entries.begin(), entries.end(), [](const PeerEntry& a, const PeerEntry& b) {
    return std::tie(a.host_name, a.target, a.host_id) < std::tie(b.host_name, b.target, b.host_id);
  });
  return print_peer_entries(entries);
}

}  // namespace ttq
