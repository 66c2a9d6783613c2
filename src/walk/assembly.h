// The assembly: joints put together into nodes and edges.
//
// Joints of the same source, target and listening endpoint are one edge, whatever address the
// client used. A joint that both walks met, or that was met from both ends, counts once. Nodes and
// edges are sorted and ids are made of what the hosts say, so the same world gives the same bytes.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "walk/roster.h"
#include "walk/stitch.h"

namespace ttq {

/// What makes an end the same node as another: a process by its key; anything else by its address
/// and the reason why there is no process.
using NodeKey = std::tuple<std::optional<HostIndex>, NodeKind, ProcessKey, Address>;

NodeKey node_key(const End& end);

class Assembly {
 public:
  /// A node, even if no edge will touch it.
  void add_start(const End& end);
  void add(const Joint& joint);

  /// Every joint once. Valid until one is added.
  [[nodiscard]] std::vector<const Joint*> joints() const;

  /// Fills in `hosts`, `nodes` and `edges`.
  void put_into(Graph& graph, const std::vector<HostRecord>& records) const;

 private:
  using EdgeKey = std::tuple<NodeKey, NodeKey, Endpoint>;

  std::map<NodeKey, Node> nodes_;
  std::map<EdgeKey, std::map<Address, Joint>> edges_;  // by client
};

}  // namespace ttq
