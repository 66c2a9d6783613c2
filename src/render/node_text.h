// How the tree speaks of one node.
#pragma once

#include <string>

#include "render/paint.h"
#include "ttq/graph.h"

namespace ttq {

/// "web1: nginx pgid=4656", "10.0.0.99: unknown (host unreachable)"
std::string print_node(const Graph& graph, const Node& node, const Paint& paint);

/// What is told of a start node alone, because it is what somebody is about to touch:
/// ", nginx.service, listens on 0.0.0.0:80/tcp".
std::string print_details(const Node& node);

/// Sorts by host, name and pgid; the unknown come last on their host.
std::string sort_key(const Graph& graph, const Node& node);

}  // namespace ttq
