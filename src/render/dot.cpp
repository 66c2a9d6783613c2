#include "render/dot.h"

#include <string_view>
#include <vector>

#include "base/text.h"
#include "render/words.h"

namespace ttq {
namespace {

/// A string that a stranger chose, within a quoted label. In one of these graphviz reads `\` as the
/// start of an escape (\N, \G, \n) and `&` as that of an HTML entity; `<` means nothing there.
std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : clean(text)) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
    if (c == '&') escaped += "amp;";
  }
  return escaped;
}

std::string print_label(const Graph& graph, const Node& node) {
  if (!node.owner.process) {
    const std::string where = node.address ? node.address->print() + "\\n" : "";
    return where + "unknown: " + escape(why_unknown(graph, node));
  }
  const Process& process = *node.owner.process;
  const std::string unit = process.unit ? "\\n" + escape(*process.unit) : "";
  return escape(process.name) + "\\n" + print_pgid(process) + unit;
}

std::string print_node(const Graph& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  std::string styles = node.kind == NodeKind::process ? "solid" : "dashed";
  if (node.start) styles += ",bold";
  return "n" + std::to_string(index) + " [label=\"" + print_label(graph, node) +
         "\", shape=" + (node.kind == NodeKind::process ? "box" : "ellipse") + ", style=\"" +
         styles + "\"];\n";
}

/// `nodes`: those of the host, as they are printed.
std::string print_cluster(const Graph& graph, std::size_t host, const std::string& nodes) {
  if (nodes.empty()) return "";
  return "  subgraph cluster_" + std::to_string(host) + " {\n    label=\"" +
         escape(name_host(graph.hosts[host])) + "\";\n" + nodes + "  }\n";
}

std::string_view print_style(const Edge& edge) {
  if (edge.evidence == Evidence::port) return "dotted";
  return edge.seen_by_source == edge.seen_by_target ? "solid" : "dashed";
}

/// How many attempts failed is the one count that is shown: it is why the edge is red.
std::string print_failed(const Connections& connections) {
  if (connections.failed == 0) return "";
  return "\\n" + std::to_string(connections.failed) + " failed";
}

std::string print_edge(const Edge& edge) {
  const bool failing = edge.connections.failed > 0 || edge.connections.pending > 0;
  return "  n" + std::to_string(edge.source) + " -> n" + std::to_string(edge.target) +
         " [label=\"" + std::string(print_protocol(edge.listen.proto)) + "/" +
         std::to_string(edge.listen.port) + print_failed(edge.connections) +
         "\", style=" + std::string(print_style(edge)) +
         (failing ? ", color=red, fontcolor=red" : "") + "];\n";
}

}  // namespace

std::string render_dot(const Graph& graph) {
  std::string dot = "digraph ttq {\n  rankdir=LR;\n  label=\"" + escape(graph.query.target) +
                    "\";\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\"];\n";
  std::vector<std::string> nodes(graph.hosts.size());
  std::string homeless;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto& host = graph.nodes[i].host;
    const std::string node = print_node(graph, i);
    if (host) nodes[*host] += "    " + node;
    if (!host) homeless += "  " + node;
  }
  for (std::size_t host = 0; host < nodes.size(); ++host) {
    dot += print_cluster(graph, host, nodes[host]);
  }
  dot += homeless;
  for (const Edge& edge : graph.edges) dot += print_edge(edge);
  return dot + "}\n";
}

}  // namespace ttq
