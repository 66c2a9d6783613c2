// The shape of the paper's figure: a block for each local end and direction, a line for each other
// end.
//
//   10.0.0.10:80 ('nginx', pgid=4656)
//   └<-- 10.0.0.11:many ('wrk', pgid=5982)
//
// The blocks of the start nodes come first; where more than one step was asked for, those of the
// nodes further out follow, each node once for each direction. Sorted by address, port ("many"
// last), name and pgid.
#pragma once

#include <string>

#include "ttq/graph.h"

namespace ttq {

std::string render_classic(const Graph& graph);

}  // namespace ttq
