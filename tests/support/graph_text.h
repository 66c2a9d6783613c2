// A graph as a few lines of text, for tests that compare all of it.
//
//   web nginx/4656                                      a node that no edge touches
//   lb haproxy/12 -> *web nginx/4656 at 10.0.0.1:80 x3  an edge; * marks the target of the query
//   ... sent=BYTES received=BYTES attempts=N            what events told of it, or "(mirrored)"
//   ... (source only) (target only) (ambiguous) (port)  who saw it, and evidence if not handshake
//   ! code host: message                                a warning
//   complete | incomplete
#pragma once

#include <string>

#include "ttq/graph.h"

namespace ttq::test {

std::string print_graph(const Graph& graph);
std::string print_node(const Graph& graph, std::size_t node);

}  // namespace ttq::test
