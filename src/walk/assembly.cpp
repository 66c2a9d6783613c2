#include "walk/assembly.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace ttq {
namespace {

std::string print_key(const ProcessKey& key) {
  std::array<char, 16> hex{};
  const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), key.mark, 16).ptr;
  return std::to_string(key.pgid) + "." + std::to_string(key.pid) + "." +
         std::string(hex.data(), end);
}

Node node_of(const End& end) {
  Node node{.host = end.host, .owner = end.owner};
  if (!end.owner.process) {
    node.kind = NodeKind::address;
    node.address = end.address;
  }
  return node;
}

/// The starts of the ids of the hosts' nodes, each another one whatever the hosts call themselves.
/// A host that never said who it is has only its addresses.
std::vector<std::string> id_prefixes(const std::vector<HostRecord>& records) {
  std::map<std::string, std::size_t> bearers;
  for (const HostRecord& record : records) ++bearers[record.host.id];
  std::vector<std::string> prefixes;
  std::set<std::string> taken;
  for (const HostRecord& record : records) {
    const GraphHost& host = record.host;
    std::string prefix = host.id + (bearers.at(host.id) > 1 ? "~" + host.instance : "");
    while (!host.id.empty() && !taken.insert(prefix).second) prefix += "~" + record.asked_at;
    prefixes.push_back(host.id.empty() ? "" : prefix + "/");
  }
  return prefixes;
}

std::string print_id(const Node& node, const std::vector<std::string>& prefixes) {
  const std::string prefix = node.host ? prefixes[*node.host] : "";
  if (node.owner.process) return prefix + print_key(node.owner.process->key);
  std::string id = prefix + node.address->print();
  if (node.owner.unknown) id += "/" + std::string(print_unknown_owner(*node.owner.unknown));
  return id;
}

/// What the same joint looks like from its other end.
void reconcile(Joint& joint, const Joint& again) {
  joint.seen_by_source |= again.seen_by_source;
  joint.seen_by_target |= again.seen_by_target;
  joint.evidence = std::min(joint.evidence, again.evidence);
}

void put_into(Edge& edge, const Joint& joint) {
  Connections& sum = edge.connections;
  const Connections& more = joint.connections;
  sum.now += more.now;
  sum.opened += more.opened;
  sum.closed += more.closed;
  sum.failed += more.failed;
  sum.pending += more.pending;
  sum.max = std::max({sum.max, more.max, sum.now});  // the peaks need not have been at one time
  add(edge.traffic, joint.traffic);
  edge.traffic_mirrored |= joint.traffic_mirrored;
  edge.clients.push_back(joint.client);
  edge.seen_by_source |= joint.seen_by_source;
  edge.seen_by_target |= joint.seen_by_target;
  edge.ambiguous |= joint.ambiguous;
  edge.evidence = std::min(edge.evidence, joint.evidence);
  edge.first_seen = std::min(edge.first_seen, joint.first_seen);
  edge.last_seen = std::max(edge.last_seen, joint.last_seen);
}

Edge edge_of(std::size_t source, std::size_t target, const std::map<Address, Joint>& joints) {
  const Joint& first = joints.begin()->second;
  Edge edge{.source = source,
            .target = target,
            .listen = first.listen,
            .evidence = first.evidence,
            .first_seen = first.first_seen,
            .last_seen = first.last_seen};
  for (const auto& [client, joint] : joints) put_into(edge, joint);
  return edge;
}

/// Where the process listens; for an unknown owner, what nobody else is known to own at that
/// address.
std::vector<Endpoint> listens_of(const Node& node, const Testimony& testimony) {
  if (node.owner.process) return testimony.listens(node.owner.process->key);
  if (!node.owner.unknown) return {};
  auto listens = testimony.listens(node.owner.key());
  std::erase_if(listens, [&](const Endpoint& bound) { return bound.address != *node.address; });
  return listens;
}

/// Host by host as they were met, ends of unknown hosts last.
auto reading_order(const Node& node) {
  const auto& process = node.owner.process;
  return std::tuple(node.host.value_or(static_cast<std::size_t>(-1)), node.kind,
                    process ? process->name : "", node.id);
}

}  // namespace

NodeKey node_key(const End& end) {
  const auto& process = end.owner.process;
  if (process) return {end.host, NodeKind::process, process->key, Address{}};
  return {end.host, NodeKind::address, end.is_open() ? ProcessKey{} : end.owner.key(), end.address};
}

void Assembly::add_start(const End& end) {
  nodes_.try_emplace(node_key(end), node_of(end)).first->second.start = true;
}

void Assembly::add(const Joint& joint) {
  const NodeKey source = node_key(joint.source);
  const NodeKey target = node_key(joint.target);
  nodes_.try_emplace(source, node_of(joint.source));
  nodes_.try_emplace(target, node_of(joint.target));
  auto& joints = edges_[{source, target, joint.listen}];
  const auto [at, is_new] = joints.try_emplace(joint.client, joint);
  if (!is_new) reconcile(at->second, joint);
}

std::vector<const Joint*> Assembly::joints() const {
  std::vector<const Joint*> all;
  for (const auto& [key, joints] : edges_) {
    for (const auto& [client, joint] : joints) all.push_back(&joint);
  }
  return all;
}

void Assembly::put_into(Graph& graph, const std::vector<HostRecord>& records) const {
  for (const HostRecord& record : records) graph.hosts.push_back(record.host);
  const std::vector<std::string> prefixes = id_prefixes(records);

  std::vector<std::pair<NodeKey, Node>> nodes(nodes_.begin(), nodes_.end());
  for (auto& [key, node] : nodes) {
    node.id = print_id(node, prefixes);
    if (node.host) node.listens = listens_of(node, records[*node.host].testimony);
  }
  std::sort(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) {
    return reading_order(a.second) < reading_order(b.second);
  });
  std::map<NodeKey, std::size_t> places;
  for (auto& [key, node] : nodes) {
    places.emplace(key, graph.nodes.size());
    graph.nodes.push_back(std::move(node));
  }

  for (const auto& [key, joints] : edges_) {
    const auto& [source, target, listen] = key;
    graph.edges.push_back(edge_of(places.at(source), places.at(target), joints));
  }
  std::sort(graph.edges.begin(), graph.edges.end(), [](const Edge& a, const Edge& b) {
    return std::tie(a.source, a.target, a.listen) < std::tie(b.source, b.target, b.listen);
  });
  mark_namesakes(graph);
}

}  // namespace ttq
