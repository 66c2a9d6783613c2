// What a graph means for the exit status, and what has to be said beside it.
#pragma once

#include <string>

#include "ttq/graph.h"
#include "walk/walker.h"

namespace ttq {

/// The exit statuses of ttq(1).
enum class Verdict {
  complete = 0,
  error = 1,  ///< the target host itself could not be asked
  usage = 2,
  nothing_found = 3,
  incomplete = 4,
  untrusted = 5,  ///< the target host answered, with what cannot be used
};

/// Whether there is no graph to speak of, since the target told nothing.
bool is_failure(Verdict verdict);

/// Of a graph as walk() returns it: the target is its first host. A graph without an edge has
/// nothing found in it, even where processes are shown that nobody uses.
Verdict judge(const Graph& graph);

/// The same where the question was which hosts answer.
Verdict judge_hosts(const Graph& graph);

/// Why the target told nothing and what to do about it, in one line. REQUIRES: is_failure().
std::string explain_error(const Graph& graph, const Target& target);

/// Why there is nothing, in one line. REQUIRES: judge() == nothing_found.
std::string explain_nothing(const Graph& graph);

}  // namespace ttq
