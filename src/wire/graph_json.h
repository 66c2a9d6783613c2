// The graph as JSON, for programs; field by field in ttq-report(7). schema_version 1 only grows.
#pragma once

#include <string>

#include "ttq/graph.h"

namespace ttq {

/// One line. What is not known is null, never absent.
std::string to_json(const Graph& graph);

}  // namespace ttq
