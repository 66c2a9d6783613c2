// One direction of the graph, as a walk from the start nodes sees it.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "ttq/graph.h"

namespace ttq {

/// deps follows edges from source to target, impact from target to source. The graph may hold edges
/// of both directions, and cycles; a node is expanded only while it is nearer than the depth that
/// was asked for.
class Reach {
 public:
  /// REQUIRES: direction is deps or impact; the graph outlives this.
  Reach(const Graph& graph, Direction direction);

  [[nodiscard]] Direction direction() const { return direction_; }

  /// Steps from the nearest start node; none: not reached.
  [[nodiscard]] std::optional<unsigned> distance(std::size_t node) const {
    return distances_[node];
  }

  /// Whether it is reached within the depth that was asked for.
  [[nodiscard]] bool is_shown(std::size_t node) const {
    return distances_[node] && (!depth_ || *distances_[node] <= *depth_);
  }

  /// Edges (indices) that lead on from this node, if the depth lets it be expanded.
  [[nodiscard]] const std::vector<std::size_t>& onward(std::size_t node) const {
    return onward_[node];
  }

  /// The node to which such an edge leads.
  [[nodiscard]] std::size_t far_end(const Edge& edge) const {
    return direction_ == Direction::deps ? edge.target : edge.source;
  }

 private:
  [[nodiscard]] std::size_t near_end(const Edge& edge) const {
    return direction_ == Direction::deps ? edge.source : edge.target;
  }
  void measure(const Graph& graph);

  Direction direction_;
  std::optional<unsigned> depth_;
  std::vector<std::optional<unsigned>> distances_;
  std::vector<std::vector<std::size_t>> onward_;
};

/// The ways that the query asks for: impact, deps, or both in this order.
std::vector<Direction> ways(const Query& query);

}  // namespace ttq
