// What the reader of a tree must know beside it: whether it is all, what went wrong, and how much
// of the time was watched.
#pragma once

#include <string>

#include "render/paint.h"
#include "ttq/graph.h"

namespace ttq {

std::string print_summary(const Graph& graph, const Paint& paint);

/// "10.0.0.99: connection refused (host_unreachable)"
std::string print_warning(const Warning& warning);

/// How much of the span in question this host was watched, how often, and what was lost:
/// "12s of it, looking every 1s".
std::string print_watch(const GraphHost& host, const Span& asked);

}  // namespace ttq
