#include "support/graph_text.h"

#include <set>

namespace ttq::test {
namespace {

std::string print_traffic(const Edge& edge) {
  if (!edge.traffic) return "";
  const Traffic& traffic = *edge.traffic;
  return " sent=" + std::to_string(traffic.bytes_sent) +
         " received=" + std::to_string(traffic.bytes_received) +
         (edge.traffic_mirrored ? " (mirrored)" : " attempts=" + std::to_string(traffic.attempts));
}

std::string print_edge(const Graph& graph, const Edge& edge) {
  std::string text = print_node(graph, edge.source) + " -> " + print_node(graph, edge.target) +
                     " at " + (edge.listen.proto == Protocol::udp ? "udp/" : "") +
                     print_endpoint(edge.listen) + " x" + std::to_string(edge.connections.now);
  if (edge.connections.failed > 0) text += " failed=" + std::to_string(edge.connections.failed);
  text += print_traffic(edge);
  if (edge.clients.size() > 1) text += " from " + std::to_string(edge.clients.size());
  if (!edge.seen_by_target) text += " (source only)";
  if (!edge.seen_by_source) text += " (target only)";
  if (edge.ambiguous) text += " (ambiguous)";
  if (edge.evidence != Evidence::handshake) {
    text += " (" + std::string(print_evidence(edge.evidence)) + ")";
  }
  return text;
}

std::string print_owner(const Node& node) {
  if (node.owner.process) {
    const Process& process = *node.owner.process;
    const std::string groups = "*" + std::to_string(process.groups);
    return process.name + (process.pgid ? "/" + std::to_string(*process.pgid) : groups);
  }
  std::string text = node.address->print();
  if (node.owner.unknown) text += "?" + std::string(print_unknown_owner(*node.owner.unknown));
  return text;
}

}  // namespace

std::string print_node(const Graph& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const std::string host = node.host ? graph.hosts[*node.host].name + " " : "";
  return (node.start ? "*" : "") + (host == " " ? "" : host) + print_owner(node);
}

std::string print_graph(const Graph& graph) {
  std::set<std::size_t> touched;
  for (const Edge& edge : graph.edges) touched.insert({edge.source, edge.target});
  std::string text = "\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!touched.contains(i)) text += print_node(graph, i) + "\n";
  }
  for (const Edge& edge : graph.edges) text += print_edge(graph, edge) + "\n";
  for (const Warning& warning : graph.warnings) {
    text += "! " + warning.code + " " + warning.host + ": " + warning.message + "\n";
  }
  return text + (graph.complete ? "complete\n" : "incomplete\n");
}

}  // namespace ttq::test
