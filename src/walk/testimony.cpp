#include "walk/testimony.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace ttq {
namespace {

auto triple_of(const FlowKey& key) { return std::tie(key.listen, key.client, key.role); }

bool same_namespace(const Endpoint& listen, NetNs a, NetNs b) {
  return !listen.address.is_loopback() || a == b;
}

/// Lower is more specific.
int rank(const ToldListener& listener, const Endpoint& target) {
  const Address& bound = listener.endpoint.address;
  if (bound == target.address) return 0;
  return bound.is_v4() == target.address.is_v4() ? 1 : 2;
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
  set_remains_aside();
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

std::vector<const ToldFlow*> Testimony::matching(Role role, const FlowKey& key) const {
  FlowKey wanted = key;
  wanted.role = role;
  const auto less = [](const ToldFlow& flow, const FlowKey& other) {
    return triple_of(flow.key) < triple_of(other);
  };
  std::vector<const ToldFlow*> found;
  auto at = std::lower_bound(flows_.begin(), flows_.end(), wanted, less);
  for (; at != flows_.end() && triple_of(at->key) == triple_of(wanted); ++at) {
    if (same_namespace(key.listen, at->key.netns, key.netns)) found.push_back(&*at);
  }
  return found;
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
  }
  return found;
}

std::vector<const ToldListener*> Testimony::accepting(const FlowKey& key) const {
  std::vector<const ToldListener*> found;
  int best = 3;
  for (const ToldListener& listener : listeners_) {
    if (!accepts(listener, key.listen)) continue;
    if (!same_namespace(key.listen, listener.netns, key.netns)) continue;
    const int its_rank = rank(listener, key.listen);
    if (its_rank > best) continue;
    if (its_rank < best) found.clear();
    best = its_rank;
    found.push_back(&listener);
  }
  return found;
}

std::vector<Endpoint> Testimony::listens(const ProcessKey& process) const {
  std::set<Endpoint> endpoints;
  for (const ToldListener& listener : listeners_) {
    if (listener.owner->key() == process) endpoints.insert(listener.endpoint);
  }
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
