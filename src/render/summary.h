// What the reader of a tree must know beside it: whether it is all, what went wrong, and how much
// of the time was watched.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "render/paint.h"
#include "ttq/graph.h"

namespace ttq {

std::string print_summary(const Graph& graph, const Paint& paint);

/// A line for each warning, "10.0.0.99: connection refused (host_unreachable)". Of many that a host
/// gives rise to with one code the first are told, and how many more there are, and so of many
/// hosts with one code: the JSON has all. Those with the code `but` are left out.
std::vector<std::string> print_warnings(const std::vector<Warning>& warnings, std::string_view but);

/// How much of the span in question this host was watched, how often, and what was lost:
/// "12s of it, looking every 1s".
std::string print_watch(const GraphHost& host, const Span& asked);

}  // namespace ttq
