#include "render/marks.h"

#include <algorithm>

#include "render/words.h"

namespace ttq {
namespace {

/// With an end that nobody explained, one-sided goes without saying.
bool is_one_sided(const Graph& graph, const Edge& edge) {
  const bool explained = graph.nodes[edge.source].kind == NodeKind::process &&
                         graph.nodes[edge.target].kind == NodeKind::process;
  return explained && edge.seen_by_source != edge.seen_by_target;
}

bool is_guess(const Edge& edge) { return edge.evidence == Evidence::port; }

/// "7 of 12 attempts"; of how many is known only where events told of them, and of them all.
std::string print_attempts(const Edge& edge, std::uint64_t failed) {
  const bool known = edge.traffic && !edge.traffic_mirrored && edge.traffic->attempts >= failed;
  if (!known) return print_number(failed, "attempt", "attempts");
  return std::to_string(failed) + " of " +
         print_number(edge.traffic->attempts, "attempt", "attempts");
}

std::string print_failing(const Edge& edge) {
  const std::uint64_t failed = edge.connections.failed;
  const std::uint64_t pending = edge.connections.pending;
  if (failed == 0 && pending == 0) return "";
  if (pending == 0) return " [FAILED: " + print_attempts(edge, failed) + "]";
  if (failed <= pending) {
    return " [FAILING: " + print_number(pending, "attempt", "attempts") + " still waiting]";
  }
  return " [FAILING: " + print_attempts(edge, failed) + ", " + std::to_string(pending) +
         " still waiting]";
}

template <class Claim>
bool any_edge(const Graph& graph, Claim claim) {
  return std::any_of(graph.edges.begin(), graph.edges.end(), claim);
}

}  // namespace

std::string print_count(const Connections& connections) {
  if (connections.now > 0) return print_number(connections.now, "connection", "connections");
  const std::uint64_t seen = std::max(connections.opened, connections.max);
  if (seen > 0) return print_number(seen, "closed connection", "closed connections");
  const bool attempts_only = connections.failed > 0 || connections.pending > 0;
  return attempts_only ? "" : "no connection";
}

std::string print_marks(const Graph& graph, const Edge& edge, const Paint& paint) {
  std::string marks = paint(Ink::red, print_failing(edge));
  if (is_guess(edge)) marks += paint(Ink::yellow, " [guess]");
  if (is_one_sided(graph, edge)) {
    const std::string side = edge.seen_by_source ? "client" : "server";
    marks += paint(Ink::yellow, " [seen by the " + side + " only]");
  }
  if (edge.ambiguous) marks += paint(Ink::yellow, " [ambiguous]");
  return marks;
}

std::string explain_marks(const Graph& graph) {
  std::string notes;
  if (any_edge(graph, is_guess)) {
    notes += "guess: who connected to whom is known from the port numbers only\n";
  }
  if (any_edge(graph, [](const Edge& edge) { return edge.ambiguous; })) {
    notes +=
        "ambiguous: several processes share both ends; which of them are joined is not known\n";
  }
  if (any_edge(graph, [&](const Edge& edge) { return is_one_sided(graph, edge); })) {
    notes +=
        "seen by one only: the other host answered and did not see it; "
        "a NAT, a proxy or a gap in its watch may be between\n";
  }
  return notes;
}

}  // namespace ttq
