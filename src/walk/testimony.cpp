#include "walk/testimony.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace ttq {
namespace {

auto triple_of(const FlowKey& key) { return std::tie(key.listen, key.client, key.role); }

/// Who accepts at one endpoint; more tell nobody anything.
constexpr std::size_t most_accepting = 1000;
/// Flows between two addresses; of more nobody can say which is meant.
constexpr std::size_t most_between = 100;

bool same_namespace(const Endpoint& listen, NetNs a, NetNs b) {
  return !listen.address.is_loopback() || a == b;
}

void add_up(ToldFlow& flow, const ToldFlow& more) {
  Connections& sum = flow.connections;
  sum.now += more.connections.now;
  sum.max += more.connections.max;
  sum.opened += more.connections.opened;
  sum.closed += more.connections.closed;
  sum.failed += more.connections.failed;
  sum.pending += more.connections.pending;
  add(flow.traffic, more.traffic);
  flow.first_seen = std::min(flow.first_seen, more.first_seen);
  flow.last_seen = std::max(flow.last_seen, more.last_seen);
  flow.evidence = std::min(flow.evidence, more.evidence);
}

bool accepts(const ToldListener& listener, const Endpoint& target) {
  return ttq::accepts({.endpoint = listener.endpoint, .v6only = listener.v6only}, target);
}

bool is_remains(const ToldFlow& flow) { return flow.owner->unknown == UnknownOwner::time_wait; }

}  // namespace

Testimony::Testimony(std::vector<Flow> flows, std::vector<Listener> listeners) {
  flows_.reserve(flows.size());
  for (Flow& flow : flows) {
    flows_.push_back({flow.key, keep(std::move(flow.owner)), flow.connections, flow.traffic,
                      flow.first_seen, flow.last_seen, flow.evidence});
  }
  listeners_.reserve(listeners.size());
  for (Listener& one : listeners) {
    listeners_.push_back({one.endpoint, one.netns, keep(std::move(one.owner)), one.v6only,
                          one.first_seen, one.last_seen});
  }
  index();
  index_listeners();
  set_remains_aside();
}

void Testimony::index_listeners() {
  std::stable_sort(
      listeners_.begin(), listeners_.end(),
      [](const ToldListener& a, const ToldListener& b) { return a.endpoint < b.endpoint; });
  listeners_by_process_.resize(listeners_.size());
  std::iota(listeners_by_process_.begin(), listeners_by_process_.end(), 0U);
  std::stable_sort(listeners_by_process_.begin(), listeners_by_process_.end(),
                   [&](std::uint32_t a, std::uint32_t b) {
                     return listeners_[a].owner->key() < listeners_[b].owner->key();
                   });
}

const Owner* Testimony::keep(Owner owner) {
  const ProcessKey key = owner.key();
  for (auto [at, end] = owners_.equal_range(key); at != end; ++at) {
    if (at->second == owner) return &at->second;
  }
  return &owners_.emplace(key, std::move(owner))->second;
}

void Testimony::set_remains_aside() {
  using Use = std::tuple<Endpoint, Address, Role, NetNs>;
  const auto use_of = [](const FlowKey& key) {
    return Use{key.listen, key.client, key.role, key.netns};
  };
  std::map<Use, std::size_t> users;  // counted once: a stranger may tell thousands alike
  for (const ToldFlow& flow : flows_) {
    if (flow.owner->process) ++users[use_of(flow.key)];
  }
  std::set<FlowKey> aside;
  for (const ToldFlow& flow : flows_) {
    if (!is_remains(flow)) continue;
    const auto use = users.find(use_of(flow.key));
    if (use == users.end() || use->second != 1) continue;
    aside.insert(flow.key);
    set_aside_.push_back(flow);
  }
  if (aside.empty()) return;
  std::erase_if(flows_, [&](const ToldFlow& flow) { return aside.contains(flow.key); });
  index();
}

const ToldFlow* Testimony::set_aside(Role role, const Endpoint& listen,
                                     const Address& client) const {
  const auto wanted = std::tie(listen, client, role);
  const auto at = std::lower_bound(
      set_aside_.begin(), set_aside_.end(), wanted,
      [](const ToldFlow& flow, const auto& triple) { return triple_of(flow.key) < triple; });
  return at == set_aside_.end() || triple_of(at->key) != wanted ? nullptr : &*at;
}

void Testimony::index() {
  std::stable_sort(flows_.begin(), flows_.end(),
                   [](const ToldFlow& a, const ToldFlow& b) { return a.key < b.key; });
  by_process_.resize(flows_.size());
  std::iota(by_process_.begin(), by_process_.end(), 0U);
  std::stable_sort(by_process_.begin(), by_process_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return flows_[a].key.process < flows_[b].key.process;
  });
}

std::vector<const ToldFlow*> Testimony::of(const ProcessKey& process, Role role) const {
  std::vector<const ToldFlow*> found;
  auto at = std::lower_bound(
      by_process_.begin(), by_process_.end(), process,
      [&](std::uint32_t index, const ProcessKey& key) { return flows_[index].key.process < key; });
  for (; at != by_process_.end() && flows_[*at].key.process == process; ++at) {
    if (flows_[*at].key.role == role) found.push_back(&flows_[*at]);
  }
  return found;
}

/// Of those with one (listen, client, role) flows_ has those of a namespace together.
std::pair<Testimony::Flows::const_iterator, Testimony::Flows::const_iterator> Testimony::range(
    Role role, const FlowKey& key) const {
  const bool one_namespace = key.listen.address.is_loopback();
  const auto wanted = std::tie(key.listen, key.client, role);
  const auto compare = [&](const ToldFlow& flow) {
    const auto triple = triple_of(flow.key) <=> wanted;
    return triple != 0 || !one_namespace ? triple : flow.key.netns <=> key.netns;
  };
  const auto begin = std::partition_point(flows_.begin(), flows_.end(),
                                          [&](const ToldFlow& flow) { return compare(flow) < 0; });
  return {begin, std::partition_point(begin, flows_.end(),
                                      [&](const ToldFlow& flow) { return compare(flow) <= 0; })};
}

std::vector<const ToldFlow*> Testimony::matching(Role role, const FlowKey& key) const {
  std::vector<const ToldFlow*> found;
  const auto [begin, end] = range(role, key);
  for (auto at = begin; at != end; ++at) found.push_back(&*at);
  return found;
}

std::size_t Testimony::count_matching(Role role, const FlowKey& key) const {
  const auto [begin, end] = range(role, key);
  return static_cast<std::size_t>(end - begin);
}

std::vector<const ToldFlow*> Testimony::between(Role role, Protocol proto, const Address& listen,
                                                const Address& client) const {
  const auto less = [](const ToldFlow& flow, const Endpoint& lowest) {
    return flow.key.listen < lowest;
  };
  std::vector<const ToldFlow*> found;
  auto at = std::lower_bound(flows_.begin(), flows_.end(), Endpoint{proto, listen, 0}, less);
  for (; at != flows_.end(); ++at) {
    const Endpoint& endpoint = at->key.listen;
    if (endpoint.proto != proto || endpoint.address != listen) break;
    if (at->key.client == client && at->key.role == role) found.push_back(&*at);
    if (found.size() > most_between) return {};
  }
  return found;
}

std::vector<const ToldListener*> Testimony::accepting(const FlowKey& key) const {
  const Endpoint& target = key.listen;
  const auto less = [](const ToldListener& listener, const Endpoint& endpoint) {
    return listener.endpoint < endpoint;
  };
  std::vector<const ToldListener*> found;
  for (const Address& bound : {target.address, target.address.wildcard(), Address()}) {
    const Endpoint endpoint{target.proto, bound, target.port};
    auto at = std::lower_bound(listeners_.begin(), listeners_.end(), endpoint, less);
    for (; at != listeners_.end() && at->endpoint == endpoint; ++at) {
      if (!accepts(*at, target) || !same_namespace(target, at->netns, key.netns)) continue;
      found.push_back(&*at);
      if (found.size() == most_accepting) break;
    }
    if (!found.empty()) break;
  }
  return found;
}

std::vector<const ToldListener*> Testimony::listeners_of(const ProcessKey& process) const {
  std::vector<const ToldListener*> found;
  auto at = std::lower_bound(listeners_by_process_.begin(), listeners_by_process_.end(), process,
                             [&](std::uint32_t index, const ProcessKey& key) {
                               return listeners_[index].owner->key() < key;
                             });
  for (; at != listeners_by_process_.end() && listeners_[*at].owner->key() == process; ++at) {
    found.push_back(&listeners_[*at]);
  }
  return found;
}

std::vector<Endpoint> Testimony::listens(const ProcessKey& process) const {
  std::set<Endpoint> endpoints;
  for (const ToldListener* listener : listeners_of(process)) endpoints.insert(listener->endpoint);
  if (endpoints.empty()) {
    for (const ToldFlow* flow : of(process, Role::passive)) endpoints.insert(flow->key.listen);
  }
  return {endpoints.begin(), endpoints.end()};
}

void Testimony::correct(const std::map<FlowKey, ToldFlow>& corrections) {
  std::map<FlowKey, ToldFlow> added;
  for (const auto& [key, flow] : corrections) {
    const auto [at, is_new] = added.try_emplace(flow.key, flow);
    if (!is_new) add_up(at->second, flow);
  }
  std::erase_if(flows_, [&](const ToldFlow& flow) { return corrections.contains(flow.key); });
  for (ToldFlow& flow : flows_) {
    const auto at = added.find(flow.key);
    if (at == added.end()) continue;
    add_up(flow, at->second);
    added.erase(at);
  }
  for (const auto& [key, flow] : added) flows_.push_back(flow);
  index();
}

}  // namespace ttq
