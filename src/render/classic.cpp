#include "render/classic.h"

#include <algorithm>
#include <compare>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "render/reach.h"
#include "render/words.h"

namespace ttq {
namespace {

constexpr std::uint32_t many = 65536;  // sorts behind every port

/// One end as it is printed. The members are in the order of sorting.
struct End {
  Address address;
  std::uint32_t port = many;
  std::string name;
  std::int64_t pgid = std::numeric_limits<std::int64_t>::max();
  std::string text;

  auto operator<=>(const End&) const = default;
};

struct BlockKey {
  End local;
  bool active = false;

  auto operator<=>(const BlockKey&) const = default;
};

using Blocks = std::map<BlockKey, std::set<End>>;

std::string print_place(const Address& address, const std::optional<Endpoint>& service) {
  if (!service) return print_bracketed(address) + ":many";
  const bool udp = service->proto == Protocol::udp;
  return print_endpoint({service->proto, address, service->port}) + (udp ? "/udp" : "");
}

/// `service`: the port to print; none: "many".
End describe(const Graph& graph, const Node& node, const Address& address,
             const std::optional<Endpoint>& service) {
  End end;
  end.address = address;
  if (service) end.port = service->port;
  std::string who = "unknown: " + why_unknown(graph, node);
  if (node.owner.process) {
    end.name = clean(node.owner.process->name);
    if (node.owner.process->pgid) end.pgid = *node.owner.process->pgid;
    who = "'" + end.name + "', " + print_pgid(*node.owner.process);
  }
  end.text = print_place(address, service) + " (" + who + ")";
  return end;
}

/// The port in a target spelled HOST:PORT or [v6]:PORT.
std::optional<std::uint16_t> target_port(std::string_view target) {
  const auto colon = target.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view host = target.substr(0, colon);
  const bool bare_v6 = host.find(':') != std::string_view::npos && !host.ends_with(']');
  return bare_v6 ? std::nullopt : parse_port(target.substr(colon + 1));
}

/// Whether somebody who asks this address may reach what is bound there. An IPv6 wildcard is taken
/// for dual-stack: the graph does not say whether it is v6only.
bool serves(const Endpoint& bound, const Address& address) {
  if (!bound.address.is_wildcard()) return bound.address == address;
  return !bound.address.is_v4() || address.is_v4();
}

/// The port by which a process that connects from `local` is known: the one that was asked about,
/// else its lowest TCP port.
std::optional<Endpoint> own_service(const Graph& graph, const Node& node, const Address& local) {
  const auto asked = target_port(graph.query.target);
  std::optional<Endpoint> lowest;
  for (const Endpoint& bound : node.listens) {
    if (!serves(bound, local)) continue;
    if (asked && node.start && bound.port == *asked) return bound;
    if (bound.proto == Protocol::tcp && (!lowest || bound.port < lowest->port)) lowest = bound;
  }
  return lowest;
}

void add_edge(Blocks& blocks, const Graph& graph, const Edge& edge, bool active) {
  const Node& source = graph.nodes[edge.source];
  const Node& target = graph.nodes[edge.target];
  const End server = describe(graph, target, edge.listen.address, edge.listen);
  for (const Address& client : edge.clients) {
    if (active) {
      const End local = describe(graph, source, client, own_service(graph, source, client));
      blocks[{local, true}].insert(server);
    } else {
      blocks[{server, false}].insert(describe(graph, source, client, std::nullopt));
    }
  }
}

std::string print_blocks(const Blocks& blocks) {
  std::string printed;
  for (const auto& [key, others] : blocks) {
    printed += key.local.text + "\n";
    for (const End& other : others) {
      printed += (key.active ? "└--> " : "└<-- ") + other.text + "\n";
    }
  }
  return printed;
}

}  // namespace

std::string render_classic(const Graph& graph) {
  Blocks at_start;
  Blocks further;
  for (const Direction way : ways(graph.query)) {
    const Reach reach(graph, way);
    for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
      Blocks& blocks = graph.nodes[node].start ? at_start : further;
      for (const std::size_t edge : reach.onward(node)) {
        add_edge(blocks, graph, graph.edges[edge], way == Direction::deps);
      }
    }
  }
  return print_blocks(at_start) + print_blocks(further);
}

}  // namespace ttq
