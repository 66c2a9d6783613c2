#include "walk/testimony.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace ttq {
namespace {

auto triple_of(const FlowKey& key) { return std::tie(key.listen, key.client, key.role); }

bool same_namespace(const Endpoint& listen, NetNs a, NetNs b) {
  return !listen.address.is_loopback() || a == b;
}

/// Lower is more specific.
int rank(const Listener& listener, const Endpoint& target) {
  const Address& bound = listener.endpoint.address;
  if (bound == target.address) return 0;
  return bound.is_v4() == target.address.is_v4() ? 1 : 2;
}

void add_up(Flow& flow, const Flow& more) {
  Connections& sum = flow.connections;
  sum.now += more.connections.now;
  sum.max += more.connections.max;
  sum.opened += more.connections.opened;
  sum.closed += more.connections.closed;
  sum.failed += more.connections.failed;
  sum.pending += more.connections.pending;
  flow.first_seen = std::min(flow.first_seen, more.first_seen);
  flow.last_seen = std::max(flow.last_seen, more.last_seen);
  flow.evidence = std::min(flow.evidence, more.evidence);
}

}  // namespace

Testimony::Testimony(std::vector<Flow> flows, std::vector<Listener> listeners)
    : flows_(std::move(flows)), listeners_(std::move(listeners)) {
  index();
  set_remains_aside();
}

bool Testimony::has_one_user(const Flow& remains) const {
  const auto others = matching(remains.key.role, remains.key);
  return std::count_if(others.begin(), others.end(), [&](const Flow* other) {
           return other->owner.process && other->key.netns == remains.key.netns;
         }) == 1;
}

void Testimony::set_remains_aside() {
  std::set<FlowKey> aside;
  for (const Flow& flow : flows_) {
    if (flow.owner.unknown != UnknownOwner::time_wait || !has_one_user(flow)) continue;
    aside.insert(flow.key);
    set_aside_.push_back(flow);
  }
  if (aside.empty()) return;
  std::erase_if(flows_, [&](const Flow& flow) { return aside.contains(flow.key); });
  index();
}

const Flow* Testimony::set_aside(Role role, const Endpoint& listen, const Address& client) const {
  const auto found = std::find_if(set_aside_.begin(), set_aside_.end(), [&](const Flow& flow) {
    return flow.key.role == role && flow.key.listen == listen && flow.key.client == client;
  });
  return found == set_aside_.end() ? nullptr : &*found;
}

void Testimony::index() {
  std::stable_sort(flows_.begin(), flows_.end(),
                   [](const Flow& a, const Flow& b) { return a.key < b.key; });
  by_process_.clear();
  for (std::size_t i = 0; i < flows_.size(); ++i) by_process_[flows_[i].key.process].push_back(i);
}

std::vector<const Flow*> Testimony::of(const ProcessKey& process, Role role) const {
  std::vector<const Flow*> found;
  const auto at = by_process_.find(process);
  if (at == by_process_.end()) return found;
  for (const std::size_t i : at->second) {
    if (flows_[i].key.role == role) found.push_back(&flows_[i]);
  }
  return found;
}

std::vector<const Flow*> Testimony::matching(Role role, const FlowKey& key) const {
  FlowKey wanted = key;
  wanted.role = role;
  const auto less = [](const Flow& flow, const FlowKey& other) {
    return triple_of(flow.key) < triple_of(other);
  };
  std::vector<const Flow*> found;
  auto at = std::lower_bound(flows_.begin(), flows_.end(), wanted, less);
  for (; at != flows_.end() && triple_of(at->key) == triple_of(wanted); ++at) {
    if (same_namespace(key.listen, at->key.netns, key.netns)) found.push_back(&*at);
  }
  return found;
}

std::vector<const Flow*> Testimony::between(Role role, Protocol proto, const Address& listen,
                                            const Address& client) const {
  const auto less = [](const Flow& flow, const Endpoint& lowest) {
    return flow.key.listen < lowest;
  };
  std::vector<const Flow*> found;
  auto at = std::lower_bound(flows_.begin(), flows_.end(), Endpoint{proto, listen, 0}, less);
  for (; at != flows_.end(); ++at) {
    const Endpoint& endpoint = at->key.listen;
    if (endpoint.proto != proto || endpoint.address != listen) break;
    if (at->key.client == client && at->key.role == role) found.push_back(&*at);
  }
  return found;
}

std::vector<const Listener*> Testimony::accepting(const FlowKey& key) const {
  std::vector<const Listener*> found;
  int best = 3;
  for (const Listener& listener : listeners_) {
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
  for (const Listener& listener : listeners_) {
    if (listener.owner.key() == process) endpoints.insert(listener.endpoint);
  }
  if (endpoints.empty()) {
    for (const Flow* flow : of(process, Role::passive)) endpoints.insert(flow->key.listen);
  }
  return {endpoints.begin(), endpoints.end()};
}

void Testimony::correct(const std::map<FlowKey, Flow>& corrections) {
  std::map<FlowKey, Flow> added;
  for (const auto& [key, flow] : corrections) {
    const auto [at, is_new] = added.try_emplace(flow.key, flow);
    if (!is_new) add_up(at->second, flow);
  }
  std::erase_if(flows_, [&](const Flow& flow) { return corrections.contains(flow.key); });
  for (Flow& flow : flows_) {
    const auto at = added.find(flow.key);
    if (at == added.end()) continue;
    add_up(flow, at->second);
    added.erase(at);
  }
  for (auto& [key, flow] : added) flows_.push_back(std::move(flow));
  index();
}

}  // namespace ttq
