#include "ttq/graph.h"

#include <map>
#include <tuple>

#include "model/spelling.h"

namespace ttq {
namespace {

constexpr Spellings<HostState, 6> host_states{{
    {HostState::ok, "ok"},
    {HostState::unreachable, "unreachable"},
    {HostState::timeout, "timeout"},
    {HostState::denied, "denied"},
    {HostState::untrusted, "untrusted"},
    {HostState::budget, "budget"},
}};

constexpr Spellings<Direction, 3> directions{{
    {Direction::both, "both"},
    {Direction::deps, "deps"},
    {Direction::impact, "impact"},
}};

constexpr Spellings<NotAsked, 3> reasons_not_to_ask{{
    {NotAsked::relative, "relative"},
    {NotAsked::outside, "outside"},
    {NotAsked::forbidden, "forbidden"},
}};

/// By what people tell processes apart.
using ProcessName =
    std::tuple<std::optional<std::size_t>, std::string, std::optional<std::int32_t>>;

/// REQUIRES: it is a process.
ProcessName process_name(const Node& node) {
  return {node.host, node.owner.process->name, node.owner.process->pgid};
}

}  // namespace

std::string_view print_host_state(HostState state) { return spell(host_states, state); }
std::string_view print_not_asked(NotAsked why) { return spell(reasons_not_to_ask, why); }
std::string_view print_direction(Direction direction) { return spell(directions, direction); }

void mark_namesakes(Graph& graph) {
  std::map<std::string, std::size_t> hosts;
  for (const GraphHost& host : graph.hosts) ++hosts[host.name];
  for (GraphHost& host : graph.hosts) host.has_namesake = hosts.at(host.name) > 1;

  std::map<ProcessName, std::size_t> processes;
  for (const Node& node : graph.nodes) {
    if (node.owner.process) ++processes[process_name(node)];
  }
  for (Node& node : graph.nodes) {
    node.has_namesake = node.owner.process && processes.at(process_name(node)) > 1;
  }
}

}  // namespace ttq
