#include "walk/walker.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "walk/assembly.h"
#include "walk/caveats.h"
#include "walk/own_questions.h"
#include "walk/roster.h"
#include "walk/selection.h"
#include "walk/stitch.h"

namespace ttq {
namespace {

/// A process from which the walk goes on, and which way.
struct Step {
  Role role = Role::active;  ///< of its flows: active to what it needs, passive to who needs it
  HostIndex host = 0;
  ProcessKey process;
  std::optional<std::uint16_t> port;  ///< only through that one: the target was HOST:PORT

  auto operator<=>(const Step&) const = default;
};

using Frontier = std::set<Step>;

std::vector<Role> ways(Direction direction) {
  if (direction == Direction::deps) return {Role::active};
  if (direction == Direction::impact) return {Role::passive};
  return {Role::active, Role::passive};
}

class Walk {
 public:
  Walk(Roster& roster, const Target& target, const WalkQuery& query, const WalkLimits& limits)
      : roster_(roster), target_(target), query_(query), limits_(limits) {}

  /// The processes that the target means. They are nodes even if nothing touches them.
  [[nodiscard]] Frontier start();

  /// Who must be asked before these steps can be taken.
  [[nodiscard]] std::vector<FarEnd> far_ends(const Frontier& frontier) const;

  /// Where a direction was guessed and the other host knows better, its word goes.
  void set_guesses_right(const Frontier& frontier);

  /// Takes the steps, and returns those after them.
  [[nodiscard]] Frontier expand(const Frontier& frontier);

  [[nodiscard]] Graph conclude() const;

 private:
  [[nodiscard]] std::vector<const Flow*> flows_of(const Step& step) const;
  [[nodiscard]] std::vector<const Flow*> guesses_of(const Step& step) const;
  [[nodiscard]] std::vector<Joint> joints_of(const Step& step) const;
  [[nodiscard]] std::vector<Warning> warnings() const;

  Roster& roster_;
  const Target& target_;
  const WalkQuery& query_;
  const WalkLimits& limits_;
  Assembly assembly_;
  Frontier visited_;
  std::vector<Warning> noticed_;
};

Frontier Walk::start() {
  const HostRecord& record = roster_.records().front();
  const Selection selection = select(record, target_, query_, limits_.peer_port);
  for (const End& end : selection.ends) assembly_.add_start(end);
  for (const ProcessKey& process : selection.processes) {
    for (const Role role : ways(query_.direction)) {
      const auto port = role == Role::passive ? target_.port : std::nullopt;
      visited_.insert({role, 0, process, port});
    }
  }
  if (selection.ends.empty() && record.host.state == HostState::ok) {
    noticed_.push_back(
        {"nothing_found", label(record), why_nothing(record, target_, query_, limits_.peer_port)});
  }
  return visited_;
}

std::vector<const Flow*> Walk::flows_of(const Step& step) const {
  auto flows = roster_.records()[step.host].testimony.of(step.process, step.role);
  std::erase_if(flows, [&](const Flow* flow) {
    if (!query_.self && is_own_question(*flow, limits_.peer_port)) return true;
    if (step.port) return flow->key.listen.port != *step.port;
    // What nobody owns has to do with the port that was asked about only if it goes through it.
    return target_.port && !flow->owner.process;
  });
  return flows;
}

/// Flows that may really belong to the step, since they were filed under the other role by a guess.
std::vector<const Flow*> Walk::guesses_of(const Step& step) const {
  std::vector<const Flow*> guesses;
  for (const Role role : {step.role, opposite(step.role)}) {
    for (const Flow* flow : roster_.records()[step.host].testimony.of(step.process, role)) {
      if (flow->evidence == Evidence::port) guesses.push_back(flow);
    }
  }
  return guesses;
}

std::vector<FarEnd> Walk::far_ends(const Frontier& frontier) const {
  std::vector<FarEnd> ends;
  for (const Step& step : frontier) {
    for (const Flow* flow : flows_of(step)) ends.push_back({flow->key.peer(), step.host});
    for (const Flow* flow : guesses_of(step)) ends.push_back({flow->key.peer(), step.host});
  }
  return ends;
}

void Walk::set_guesses_right(const Frontier& frontier) {
  std::map<HostIndex, std::map<FlowKey, Flow>> corrections;
  for (const Step& step : frontier) {
    for (const Flow* guess : guesses_of(step)) {
      const auto there = roster_.at({guess->key.peer(), step.host});
      if (!there) continue;
      const auto right = contradiction(*guess, roster_.records()[step.host].testimony,
                                       roster_.records()[*there].testimony);
      if (right) corrections[step.host].emplace(guess->key, *right);
    }
  }
  for (const auto& [host, flows] : corrections) roster_.testimony(host).correct(flows);
}

std::vector<Joint> Walk::joints_of(const Step& step) const {
  std::vector<Joint> joints;
  for (const Flow* flow : flows_of(step)) {
    const auto there = roster_.at({flow->key.peer(), step.host});
    for (Joint& joint : stitch(*flow, roster_.party(step.host), roster_.party(there))) {
      if (query_.self || !is_own_question(joint, limits_.peer_port)) {
        joints.push_back(std::move(joint));
      }
    }
  }
  return joints;
}

Frontier Walk::expand(const Frontier& frontier) {
  Frontier next;
  for (const Step& step : frontier) {
    for (const Joint& joint : joints_of(step)) {
      assembly_.add(joint);
      const End& far = step.role == Role::active ? joint.target : joint.source;
      if (!far.owner.process) continue;
      const Step onward{step.role, *far.host, far.owner.key(), std::nullopt};
      if (visited_.insert(onward).second) next.insert(onward);
    }
    if (step.role == Role::active) continue;
    const auto caveat = caveat_of_senders(roster_.records()[step.host], step.process, step.port);
    if (caveat) noticed_.push_back(*caveat);
  }
  return next;
}

std::vector<Warning> Walk::warnings() const {
  std::vector<Warning> all = noticed_;
  const auto of_hosts = caveats_of_hosts(roster_.records(), query_.span);
  const auto of_joints = caveats_of_joints(assembly_.joints(), roster_.records());
  all.insert(all.end(), of_hosts.begin(), of_hosts.end());
  all.insert(all.end(), of_joints.begin(), of_joints.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Graph Walk::conclude() const {
  Graph graph;
  graph.query = {target_.text, query_.direction, query_.depth, query_.span};
  graph.warnings = warnings();
  assembly_.put_into(graph, roster_.records());
  const bool explained = std::all_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    return node.kind == NodeKind::process;
  });
  graph.complete =
      explained && std::none_of(graph.warnings.begin(), graph.warnings.end(), makes_incomplete);
  return graph;
}

}  // namespace

Graph walk(Peer& peer, const Target& target, const WalkQuery& query, const WalkLimits& limits,
           const Clocks& clocks, const Watcher& watcher) {
  Roster roster(peer, limits, query.span, clocks, watcher);
  Walk walk(roster, target, query, limits);

  roster.ask_target(target.address);
  Frontier frontier = walk.start();
  // Beyond this point nobody is asked for a name: only addresses that hosts told are.
  const unsigned depths = query.depth.value_or(std::numeric_limits<unsigned>::max());
  for (unsigned depth = 1; !frontier.empty() && depth <= depths; ++depth) {
    roster.ask(walk.far_ends(frontier), depth);
    // Beyond this point every host of this depth has answered, or never will.
    walk.set_guesses_right(frontier);
    frontier = walk.expand(frontier);
  }
  return walk.conclude();
}

}  // namespace ttq
