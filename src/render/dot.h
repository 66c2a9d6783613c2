// The graph in DOT, for graphviz: `ttq impact db1 -o dot | dot -Tsvg > db1.svg`.
//
// Hosts are clusters, processes boxes, ends that nobody could explain dashed ovals, the start bold.
// A red edge is failing, with the number of attempts that did; a dashed one was seen by one side
// only, a dotted one is a guess.
#pragma once

#include <string>

#include "ttq/graph.h"

namespace ttq {

std::string render_dot(const Graph& graph);

}  // namespace ttq
