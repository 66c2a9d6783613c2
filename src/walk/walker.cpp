#include "walk/walker.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "walk/assembly.h"
#include "walk/caveats.h"
#include "walk/roster.h"
#include "walk/scout.h"
#include "walk/selection.h"
#include "walk/steps.h"
#include "walk/stitch.h"

namespace ttq {
namespace {

using Frontier = std::set<Step>;

class Walk {
 public:
  Walk(Roster& roster, const Course& course, const Target& target, const WalkQuery& query,
       const WalkLimits& limits)
      : roster_(roster), course_(course), target_(target), query_(query), limits_(limits) {}

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
  void take(const Step& step, Frontier& next);
  [[nodiscard]] std::vector<Warning> warnings() const;

  Roster& roster_;
  const Course& course_;
  const Target& target_;
  const WalkQuery& query_;
  const WalkLimits& limits_;
  Assembly assembly_;
  Frontier visited_;
  std::vector<Warning> noticed_;
  std::size_t joints_ = 0;
  bool is_cut_off_ = false;  ///< there were more
};

Frontier Walk::start() {
  const HostRecord& record = roster_.records().front();
  const Selection selection = select(record, target_, query_, limits_);
  for (const End& end : selection.ends) assembly_.add_start(end);
  for (const ProcessKey& process : selection.processes) {
    for (const Role role : ways(query_.direction)) {
      const auto port = role == Role::passive ? target_.port : std::nullopt;
      visited_.insert({role, 0, process, port});
    }
  }
  if (selection.ends.empty() && record.host.state == HostState::ok) {
    noticed_.push_back(
        {"nothing_found", label(record), why_nothing(record, target_, query_, limits_)});
  }
  return visited_;
}

std::vector<FarEnd> Walk::far_ends(const Frontier& frontier) const {
  std::vector<FarEnd> ends;
  for (const Step& step : frontier) {
    if (ends.size() > limits_.max_joints) break;  // nor will there be room for what they join
    const HostRecord& here = roster_.records()[step.host];
    for (const ToldFlow* flow : course_.flows_of(step, here.testimony)) {
      ends.push_back({flow->key.peer(), &here});
    }
    for (const ToldFlow* flow : Course::guesses_of(step, here.testimony)) {
      ends.push_back({flow->key.peer(), &here});
    }
  }
  return ends;
}

void Walk::set_guesses_right(const Frontier& frontier) {
  std::map<HostIndex, std::map<FlowKey, ToldFlow>> corrections;
  for (const Step& step : frontier) {
    const HostRecord& here = roster_.records()[step.host];
    for (const ToldFlow* guess : Course::guesses_of(step, here.testimony)) {
      const auto there = roster_.at({guess->key.peer(), &here});
      if (!there) continue;
      const auto right = contradiction(*guess, here.testimony, roster_.records()[*there].testimony);
      if (right) corrections[step.host].emplace(guess->key, *right);
    }
  }
  for (const auto& [host, flows] : corrections) roster_.testimony(host).correct(flows);
}

/// Along each of the step's flows, while there is room for what they join.
void Walk::take(const Step& step, Frontier& next) {
  const HostRecord& here = roster_.records()[step.host];
  for (const ToldFlow* flow : course_.flows_of(step, here.testimony)) {
    is_cut_off_ = joints_ >= limits_.max_joints;
    if (is_cut_off_) return;
    const auto there = roster_.at({flow->key.peer(), &here});
    for (const Joint& joint : stitch(*flow, roster_.party(step.host), roster_.party(there))) {
      ++joints_;
      if (course_.hides(joint)) continue;
      assembly_.add(joint);
      const End& far = step.role == Role::active ? joint.target : joint.source;
      if (!far.owner.process) continue;
      const Step onward{step.role, *far.host, far.owner.key(), std::nullopt};
      if (visited_.insert(onward).second) next.insert(onward);
    }
  }
}

Frontier Walk::expand(const Frontier& frontier) {
  Frontier next;
  for (const Step& step : frontier) {
    if (!is_cut_off_) take(step, next);
    if (step.role == Role::active) continue;
    const auto caveat = caveat_of_senders(roster_.records()[step.host], step.process, step.port);
    if (caveat) noticed_.push_back(*caveat);
  }
  return next;
}

std::vector<Warning> Walk::warnings() const {
  std::vector<Warning> all = noticed_;
  if (is_cut_off_) {
    all.push_back({"budget_exceeded", "",
                   "the graph ends before its end: no more than " +
                       std::to_string(limits_.max_joints) + " connections are put into one"});
  }
  const auto of_hosts = caveats_of_hosts(roster_.records(), query_.span);
  const auto of_joints = caveats_of_joints(assembly_.joints(), roster_.records(), limits_);
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
  for (Node& node : graph.nodes) {
    if (node.address && !node.host) node.not_asked = limits_.obstacle(*node.address);
  }
  const bool explained = std::all_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    return node.kind == NodeKind::process;
  });
  graph.complete =
      explained && std::none_of(graph.warnings.begin(), graph.warnings.end(), makes_incomplete);
  return graph;
}

/// Asks, as far as it can be known beforehand, all who will be needed.
void run_ahead(Roster& roster, Scout& scout) {
  const std::vector<FarEnd> ends = scout.set_out();
  roster.ask_ahead(ends, scout.narrow(),
                   [&](const Address& address) { return scout.hear(address); });
}

}  // namespace

bool WalkLimits::is_daemon_port(std::uint16_t port) const {
  return port == peer_port || peers.has_port(port);
}

bool WalkLimits::is_daemon_at(const Endpoint& endpoint) const {
  return endpoint.port == peer_port || peers.may_lead_to(endpoint.address, endpoint.port);
}

std::optional<NotAsked> WalkLimits::obstacle(const Address& address) const {
  return peers.find(address) != nullptr ? std::nullopt : boundary.obstacle(address);
}

Graph walk(Peer& peer, const Target& target, const WalkQuery& query, const WalkLimits& limits,
           const Clocks& clocks, const Watcher& watcher) {
  Roster roster(peer, limits, query.span, clocks, watcher);
  const Course course(target, query, limits);
  Walk walk(roster, course, target, query, limits);

  roster.ask_target(target.address);
  Scout scout(roster, course, target, query, limits);
  run_ahead(roster, scout);
  Frontier frontier = walk.start();
  // Beyond this point names are the administrator's alone: hosts tell addresses.
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
