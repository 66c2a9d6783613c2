#include "render/tree.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "render/marks.h"
#include "render/node_text.h"
#include "render/paint.h"
#include "render/reach.h"
#include "render/summary.h"
#include "render/words.h"

namespace ttq {
namespace {

/// Deeper than anybody reads. A hostile report can hold a chain of ten thousand processes, whose
/// indentation alone would be gigabytes.
constexpr unsigned deepest_nesting = 100;

/// On one line. Who has more is a port scanner, or a program that takes ports as they come.
constexpr std::size_t most_services = 6;

/// A node beside another one, and the edges between the two that lead this way.
struct Neighbour {
  std::size_t node = 0;
  std::vector<std::size_t> edges;
};

/// How a line is joined to the lines above and below it.
struct Stem {
  std::string before;  ///< of every line below the parent
  bool last = false;   ///< of its siblings

  [[nodiscard]] std::string line(std::string_view arrow) const {
    return before + (last ? "└" : "├") + std::string(arrow);
  }
  [[nodiscard]] std::string below(std::string_view blank) const {
    return before + (last ? " " : "│") + std::string(blank);
  }
};

class TreePrinter {
 public:
  TreePrinter(const Graph& graph, TreeStyle style) : graph_(graph), paint_(style.color) {
    for (const Direction way : ways(graph.query)) reaches_.emplace_back(graph, way);
    expanded_.assign(reaches_.size(), std::vector<bool>(graph.nodes.size()));
  }

  std::string print();

 private:
  [[nodiscard]] std::vector<std::size_t> roots() const;
  [[nodiscard]] bool is_idle(std::size_t node) const;
  [[nodiscard]] std::vector<Neighbour> neighbours(const Reach& reach, std::size_t node) const;
  [[nodiscard]] bool comes_first(std::size_t a, std::size_t b) const;
  [[nodiscard]] std::string services(const Neighbour& neighbour) const;
  [[nodiscard]] std::string total(const Reach& reach) const;

  void print_root(std::size_t node);
  void print_branch(std::size_t way, std::size_t node, const Stem& stem);
  void print_neighbours(std::size_t way, std::size_t node, const std::string& before,
                        unsigned depth);
  void print_neighbour(std::size_t way, const Neighbour& neighbour, const Stem& stem,
                       unsigned depth);

  const Graph& graph_;
  Paint paint_;
  std::vector<Reach> reaches_;               ///< one for each way that was asked for
  std::vector<std::vector<bool>> expanded_;  ///< [way][node]
  std::string out_;
};

std::string TreePrinter::services(const Neighbour& neighbour) const {
  const std::size_t shown = std::min(neighbour.edges.size(), most_services);
  std::string told;
  for (std::size_t i = 0; i < shown; ++i) {
    const Edge& edge = graph_.edges[neighbour.edges[i]];
    const std::string count = print_count(edge.connections);
    told += (told.empty() ? " ── " : "; ") + print_service(edge.listen);
    told += (count.empty() ? "" : ", " + count) + print_marks(graph_, edge, paint_);
  }
  const std::size_t more = neighbour.edges.size() - shown;
  if (more == 0) return told;
  return told + "; and " + print_number(more, "more endpoint", "more endpoints") + " (-o json)";
}

/// Trouble first, and what is busy before what is not: the rest may not be shown at all.
bool TreePrinter::comes_first(std::size_t a, std::size_t b) const {
  const auto rank = [&](std::size_t index) {
    const Edge& edge = graph_.edges[index];
    const bool well = edge.connections.failed == 0 && edge.connections.pending == 0;
    return std::tuple(well, edge.connections.now == 0, edge.listen);
  };
  return rank(a) < rank(b);
}

std::vector<Neighbour> TreePrinter::neighbours(const Reach& reach, std::size_t node) const {
  std::map<std::pair<std::string, std::size_t>, Neighbour> sorted;
  for (const std::size_t index : reach.onward(node)) {
    const std::size_t far = reach.far_end(graph_.edges[index]);
    Neighbour& neighbour = sorted[{sort_key(graph_, graph_.nodes[far]), far}];
    neighbour.node = far;
    neighbour.edges.push_back(index);
  }
  std::vector<Neighbour> found;
  for (auto& [key, neighbour] : sorted) {
    std::sort(neighbour.edges.begin(), neighbour.edges.end(),
              [&](std::size_t a, std::size_t b) { return comes_first(a, b); });
    found.push_back(std::move(neighbour));
  }
  return found;
}

bool TreePrinter::is_idle(std::size_t node) const {
  return std::all_of(reaches_.begin(), reaches_.end(),
                     [&](const Reach& reach) { return reach.onward(node).empty(); });
}

/// The start nodes, those with nothing to tell at the end.
std::vector<std::size_t> TreePrinter::roots() const {
  std::map<std::tuple<bool, std::string, std::size_t>, std::size_t> sorted;
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    const Node& node = graph_.nodes[i];
    if (node.start) sorted[{is_idle(i), sort_key(graph_, node), i}] = i;
  }
  std::vector<std::size_t> found;
  for (const auto& [key, node] : sorted) found.push_back(node);
  return found;
}

void TreePrinter::print_neighbour(std::size_t way, const Neighbour& neighbour, const Stem& stem,
                                  unsigned depth) {
  const Reach& reach = reaches_[way];
  out_ += stem.line(reach.direction() == Direction::deps ? "─> " : "<─ ");
  out_ += print_node(graph_, graph_.nodes[neighbour.node], paint_) + services(neighbour);
  const bool leads_on = !reach.onward(neighbour.node).empty();
  const bool seen = expanded_[way][neighbour.node];
  const bool nearest = reach.distance(neighbour.node) == depth;
  const bool expand = leads_on && !seen && nearest && depth < deepest_nesting;
  if (leads_on && !expand) {
    const char* where = seen      ? " (see above)"
                        : nearest ? " (goes deeper: -o json)"
                                  : " (see below)";
    out_ += paint_(Ink::faint, where);
  }
  out_ += "\n";
  if (expand) print_neighbours(way, neighbour.node, stem.below("   "), depth);
}

void TreePrinter::print_neighbours(std::size_t way, std::size_t node, const std::string& before,
                                   unsigned depth) {
  expanded_[way][node] = true;
  const std::vector<Neighbour> found = neighbours(reaches_[way], node);
  for (std::size_t i = 0; i < found.size(); ++i) {
    print_neighbour(way, found[i], {before, i + 1 == found.size()}, depth + 1);
  }
}

void TreePrinter::print_branch(std::size_t way, std::size_t node, const Stem& stem) {
  const bool deps = reaches_[way].direction() == Direction::deps;
  out_ += stem.line("─ ") + (deps ? "needs" : "needed by");
  const bool empty = reaches_[way].onward(node).empty();
  if (empty) out_ += paint_(Ink::faint, " nothing that was seen");
  out_ += "\n";
  print_neighbours(way, node, stem.below("  "), 0);
}

void TreePrinter::print_root(std::size_t node) {
  constexpr std::array<std::string_view, 3> idle{": no connection was seen",
                                                 ": needs nothing that was seen",
                                                 ": needed by nothing that was seen"};
  const Node& root = graph_.nodes[node];
  out_ += print_node(graph_, root, paint_) + print_details(root);
  if (is_idle(node)) out_ += paint_(Ink::faint, idle[std::size_t(graph_.query.direction)]);
  out_ += "\n";
  if (is_idle(node)) return;
  if (reaches_.size() == 1) return print_neighbours(0, node, "", 0);
  for (std::size_t way = 0; way < reaches_.size(); ++way) {
    print_branch(way, node, {"", way + 1 == reaches_.size()});
  }
}

/// "Needed by 4 other processes on 3 hosts and 1 unknown end, at most 1 step away."
std::string TreePrinter::total(const Reach& reach) const {
  std::size_t processes = 0;
  std::size_t unknown = 0;
  std::set<std::optional<std::size_t>> hosts;
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    const Node& node = graph_.nodes[i];
    if (node.start || !reach.is_shown(i)) continue;
    if (node.kind == NodeKind::process) hosts.insert(node.host);
    ++(node.kind == NodeKind::process ? processes : unknown);
  }
  std::string told = reach.direction() == Direction::deps ? "Needs " : "Needed by ";
  if (processes + unknown == 0) return told + "nothing else that was seen.\n";
  if (processes > 0) {
    told += print_number(processes, "other process", "other processes") + " on " +
            print_number(hosts.size(), "host", "hosts");
  }
  if (processes > 0 && unknown > 0) told += " and ";
  if (unknown > 0) told += print_number(unknown, "unknown end", "unknown ends");
  const auto& depth = graph_.query.depth;
  if (depth) told += ", at most " + print_number(*depth, "step", "steps") + " away";
  return told + ".\n";
}

std::string TreePrinter::print() {
  if (graph_.nodes.empty()) return "";
  for (const std::size_t root : roots()) print_root(root);
  out_ += "\n";
  for (const Reach& reach : reaches_) out_ += total(reach);
  out_ += paint_(Ink::faint, explain_marks(graph_));
  return out_ + print_summary(graph_, paint_);
}

}  // namespace

std::string render_tree(const Graph& graph, TreeStyle style) {
  return TreePrinter(graph, style).print();
}

}  // namespace ttq
