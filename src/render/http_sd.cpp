#include "render/http_sd.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "model/whereabouts.h"
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

bool is_own_door(const PeerAddress& asked) {
  const auto parsed = Address::parse(asked.host);
  return !asked.unix_path.empty() || asked.host == "localhost" || (parsed && parsed->is_loopback());
}

/// Whether it is a name, and others would not find themselves by it.
bool is_name_to_others(const std::string& name) {
  return is_host_name(name) && !is_bare_number(name) && !Address::parse(name) &&
         name != "localhost" && !name.starts_with("localhost.");
}

/// By what it is asked. none: nothing that others could use.
std::optional<std::string> find_place(const GraphHost& host, const std::vector<Address>& shown) {
  if (!is_own_door(host.asked)) return host.asked.host;
  if (is_name_to_others(host.name)) return host.name;
  if (shown.empty()) return std::nullopt;
  return shown.front().print();
}

std::string print_target(const std::string& place, std::uint16_t port) {
  const bool is_v6 = place.find(':') != std::string::npos;
  return (is_v6 ? "[" + place + "]" : place) + ":" + std::to_string(port);
}

std::optional<PeerEntry> entry_of(const GraphHost& host, std::uint16_t peer_port,
                                  const Claimants& claimants) {
  PeerEntry entry{"", host.addresses, host.id, host.name};
  std::sort(entry.addresses.begin(), entry.addresses.end());
  std::erase_if(entry.addresses, [&](const Address& address) {
    return is_relative(address) || claimants.at(address) > 1;
  });
  const auto place = find_place(host, entry.addresses);
  if (!place) return std::nullopt;
  const PeerAddress& asked = host.asked;
  const bool has_own_port = !is_own_door(asked) && asked.port != 0;
  entry.target = print_target(*place, has_own_port ? asked.port : peer_port);
  return entry;
}

}  // namespace

std::string render_http_sd(const Graph& graph, std::uint16_t peer_port) {
  const Claimants claimants = count_claimants(graph);
  std::vector<PeerEntry> entries;
  for (const GraphHost& host : graph.hosts) {
    if (host.state != HostState::ok) continue;
    if (auto entry = entry_of(host, peer_port, claimants)) entries.push_back(*std::move(entry));
  }
  std::sort(entries.begin(), entries.end(), [](const PeerEntry& a, const PeerEntry& b) {
    return std::tie(a.host_name, a.target, a.host_id) < std::tie(b.host_name, b.target, b.host_id);
  });
  return print_peer_entries(entries);
}

}  // namespace ttq
