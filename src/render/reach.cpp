#include "render/reach.h"

#include <cassert>
#include <deque>

namespace ttq {

Reach::Reach(const Graph& graph, Direction direction)
    : direction_(direction),
      depth_(graph.query.depth),
      distances_(graph.nodes.size()),
      onward_(graph.nodes.size()) {
  assert(direction != Direction::both);
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    onward_[near_end(graph.edges[i])].push_back(i);
  }
  measure(graph);
  for (std::size_t i = 0; i < onward_.size(); ++i) {
    const bool expands = distances_[i] && (!depth_ || *distances_[i] < *depth_);
    if (!expands) onward_[i].clear();
  }
}

void Reach::measure(const Graph& graph) {
  std::deque<std::size_t> queue;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!graph.nodes[i].start) continue;
    distances_[i] = 0;
    queue.push_back(i);
  }
  for (; !queue.empty(); queue.pop_front()) {
    const std::size_t node = queue.front();
    for (const std::size_t edge : onward_[node]) {
      const std::size_t next = far_end(graph.edges[edge]);
      if (distances_[next]) continue;
      distances_[next] = *distances_[node] + 1;
      queue.push_back(next);
    }
  }
}

std::vector<Direction> ways(const Query& query) {
  if (query.direction != Direction::both) return {query.direction};
  return {Direction::impact, Direction::deps};
}

}  // namespace ttq
