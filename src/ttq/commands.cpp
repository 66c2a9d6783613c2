#include "ttq/commands.h"

#include <string>

#include "render/classic.h"
#include "render/dot.h"
#include "render/hosts.h"
#include "render/http_sd.h"
#include "render/summary.h"
#include "render/tree.h"
#include "ttq/progress_line.h"
#include "ttq/standard_streams.h"
#include "wire/graph_json.h"

namespace ttq {
namespace {

Graph take_walk(Peer& peer, const Options& options, const Clocks& clocks,
                const std::atomic<bool>& stop) {
  ProgressLine line;
  const Watcher watcher{[&](const Progress& progress) { line.see(progress); }, &stop};
  return walk(peer, options.target, options.query, options.limits, clocks, watcher);
}

std::string render(const Graph& graph, const Options& options) {
  if (options.output == Output::json) return to_json(graph);
  if (options.output == Output::http_sd) return render_http_sd(graph, options.limits.peer_port);
  if (options.hosts) return render_hosts(graph);
  switch (options.output) {
    case Output::classic:
      return render_classic(graph);
    case Output::dot:
      return render_dot(graph);
    default:
      return render_tree(graph, {.color = options.color && out_takes_color()});
  }
}

/// The tree and the JSON have the warnings in them.
bool speaks_for_itself(const Graph& graph, const Options& options) {
  if (options.output == Output::json) return true;
  return options.output == Output::tree && !options.hosts && !graph.nodes.empty();
}

/// What tells why there is no answer is told with that, and a gap has its column among the hosts.
void warn(const Graph& graph, const Options& options) {
  const std::string_view told_elsewhere = options.hosts ? "coverage_gap" : "nothing_found";
  for (const std::string& warning : print_warnings(graph.warnings, told_elsewhere)) {
    complain("warning: " + warning);
  }
}

void explain(const Graph& graph, const Options& options, Verdict verdict) {
  const bool silent = !speaks_for_itself(graph, options);
  if (silent && !is_failure(verdict)) warn(graph, options);
  if (is_failure(verdict)) complain(explain_error(graph, options.target));
  if (verdict == Verdict::nothing_found) complain(explain_nothing(graph));
  if (verdict == Verdict::incomplete && silent) complain("the answer is incomplete");
}

}  // namespace

Verdict run(Peer& peer, const Options& options, const Clocks& clocks,
            const std::atomic<bool>& stop) {
  const Graph graph = take_walk(peer, options, clocks, stop);
  const Verdict verdict = options.hosts ? judge_hosts(graph) : judge(graph);
  if (!is_failure(verdict) || options.output == Output::json) {
    const auto printed = print_out(render(graph, options));
    if (!printed) {
      complain(printed.error().message);
      return Verdict::error;
    }
  }
  explain(graph, options, verdict);
  return verdict == Verdict::complete || !stop ? verdict : Verdict::incomplete;
}

}  // namespace ttq
