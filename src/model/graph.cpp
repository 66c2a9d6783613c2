#include "ttq/graph.h"

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

}  // namespace

std::string_view print_host_state(HostState state) { return spell(host_states, state); }
std::string_view print_direction(Direction direction) { return spell(directions, direction); }

}  // namespace ttq
