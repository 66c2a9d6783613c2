// The hosts of a walk as a table: who answered, and who did not and why. For `ttq hosts`.
#pragma once

#include <string>

#include "ttq/graph.h"

namespace ttq {

std::string render_hosts(const Graph& graph);

}  // namespace ttq
