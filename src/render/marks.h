// What one line of the tree says of an edge beside its two ends: how many connections, and what
// about it is uncertain or going wrong.
#pragma once

#include <string>

#include "render/paint.h"
#include "ttq/graph.h"

namespace ttq {

/// "30 connections", or "7 closed connections" where none is open now; empty: only attempts were
/// seen.
std::string print_count(const Connections& connections);

/// " [guess] [seen by the client only]"; empty for an edge that is certain and well.
std::string print_marks(const Graph& graph, const Edge& edge, const Paint& paint);

/// A sentence for each mark in the graph that does not explain itself, one a line.
std::string explain_marks(const Graph& graph);

}  // namespace ttq
