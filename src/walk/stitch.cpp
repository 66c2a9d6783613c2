#include "walk/stitch.h"

#include <algorithm>
#include <set>
#include <utility>

namespace ttq {
namespace {

const Address& local_address(const FlowKey& key) {
  return key.role == Role::passive ? key.listen.address : key.client;
}

/// What both sides saw of the same connections. Polling makes each of them undercount, never
/// overcount.
Connections at_least(const Connections& a, const Connections& b) {
  return {std::max(a.now, b.now),       std::max(a.max, b.max),
          std::max(a.opened, b.opened), std::max(a.closed, b.closed),
          std::max(a.failed, b.failed), std::max(a.pending, b.pending)};
}

/// The better of both; `peer` where we ourselves could only guess and the other host could not.
Evidence better(Evidence ours, Evidence theirs) {
  if (ours >= Evidence::peer && theirs < Evidence::peer) return Evidence::peer;
  return std::min(ours, theirs);
}

/// What the far end of a passive flow sees of it. Who accepts does not hear of every attempt.
std::optional<Traffic> mirrored(const std::optional<Traffic>& passive) {
  if (!passive) return std::nullopt;
  Traffic traffic = *passive;
  traffic.attempts = 0;
  std::swap(traffic.bytes_sent, traffic.bytes_received);
  return traffic;
}

void tell_traffic(Joint& joint, const ToldFlow& flow) {
  const bool active = flow.key.role == Role::active;
  joint.traffic = active ? flow.traffic : mirrored(flow.traffic);
  joint.traffic_mirrored = !active && flow.traffic.has_value();
}

/// What the flow alone tells; its far end is open.
Joint one_sided(const ToldFlow& flow, const Party& here, const Party& there) {
  const bool active = flow.key.role == Role::active;
  Joint joint{.listen = flow.key.listen,
              .client = flow.key.client,
              .connections = flow.connections,
              .seen_by_source = active,
              .seen_by_target = !active,
              .evidence = flow.evidence,
              .first_seen = flow.first_seen,
              .last_seen = flow.last_seen};
  tell_traffic(joint, flow);
  const End near = near_end(flow, *here.host);
  const End far{there.host, {}, flow.key.peer()};
  joint.source = active ? near : far;
  joint.target = active ? far : near;
  return joint;
}

/// How many flows each side holds for the same connections.
struct Shares {
  std::size_t active = 0;
  std::size_t passive = 0;
};

Connections counts(const ToldFlow& active, const ToldFlow& passive, const Shares& shares) {
  if (shares.active > 1) return active.connections;
  if (shares.passive > 1) return passive.connections;
  return at_least(active.connections, passive.connections);
}

/// Whose word is taken of the traffic: never both, since each tells all of it. Where a side holds
/// several flows, the other's one is of them all, and cannot stand for each.
const ToldFlow& teller(const ToldFlow& active, const ToldFlow& passive, const Shares& shares) {
  if (shares.active > 1) return active;
  if (shares.passive > 1) return passive;
  return active.traffic ? active : passive;
}

Joint two_sided(const ToldFlow& flow, const ToldFlow& mate, const Party& here, const Party& there,
                const Shares& shares) {
  Joint joint = one_sided(flow, here, there);
  const bool active = flow.key.role == Role::active;
  (active ? joint.target : joint.source).owner = *mate.owner;
  joint.connections = active ? counts(flow, mate, shares) : counts(mate, flow, shares);
  tell_traffic(joint, active ? teller(flow, mate, shares) : teller(mate, flow, shares));
  joint.seen_by_source = joint.seen_by_target = true;
  joint.ambiguous = shares.active > 1 && shares.passive > 1;
  joint.evidence = better(flow.evidence, mate.evidence);
  joint.first_seen = std::min(flow.first_seen, mate.first_seen);
  joint.last_seen = std::max(flow.last_seen, mate.last_seen);
  return joint;
}

bool nobody_known(const std::vector<const ToldFlow*>& mates) {
  return std::none_of(mates.begin(), mates.end(),
                      [](const ToldFlow* mate) { return mate->owner->process.has_value(); });
}

/// Of those who listened there in the span, whoever did while the flow was seen: a server that was
/// restarted since is another process. All, if the host began to watch after the flow had ended.
std::vector<const ToldListener*> of_that_time(std::vector<const ToldListener*> listeners,
                                              const ToldFlow& flow) {
  const auto was_there = [&](const ToldListener* listener) {
    return listener->first_seen <= flow.last_seen && flow.first_seen <= listener->last_seen;
  };
  if (std::any_of(listeners.begin(), listeners.end(), was_there)) {
    std::erase_if(listeners, [&](const ToldListener* listener) { return !was_there(listener); });
  }
  return listeners;
}

/// Whether the other host's daemon must have seen these connections, if they end there: they have
/// stood for longer than it takes to look and to flush.
bool cannot_be_missed(const ToldFlow& flow) {
  constexpr Duration look_and_flush{10'000};
  return flow.key.listen.proto == Protocol::tcp && flow.connections.now > 0 &&
         flow.last_seen - flow.first_seen > look_and_flush;
}

/// Who accepts there, for connections that the other host's polling missed, or has no sockets for:
/// an unconnected UDP server has none for its clients.
std::vector<Joint> through_listeners(const ToldFlow& flow, const Party& here, const Party& there) {
  std::vector<Joint> joints;
  for (const ToldListener* listener : of_that_time(there.testimony->accepting(flow.key), flow)) {
    Joint joint = one_sided(flow, here, there);
    joint.target.owner = *listener->owner;
    joint.evidence = better(flow.evidence, Evidence::listener);
    joints.push_back(joint);
  }
  for (Joint& joint : joints) joint.ambiguous = joints.size() > 1;
  return joints;
}

bool is_reached_anywhere(const FlowKey& key) {
  return key.listen.proto == Protocol::udp && key.role == Role::passive &&
         key.listen.address.is_wildcard();
}

/// Who serves at that endpoint; over UDP, also whoever is bound to no address.
std::vector<const ToldFlow*> servers(const ToldFlow& flow, const Party& there) {
  auto mates = there.testimony->matching(Role::passive, flow.key);
  if (!mates.empty() || flow.key.listen.proto != Protocol::udp) return mates;
  FlowKey anywhere = flow.key;
  anywhere.listen.address = flow.key.client.wildcard();
  return there.testimony->matching(Role::passive, anywhere);
}

/// Joins the flow of a server that is bound to no address with those of the client at each.
std::vector<Joint> at_any_address(const ToldFlow& flow, const Party& here, const Party& there) {
  std::set<Address> addresses{flow.key.client};  // on one host it is mostly the same
  if (here.addresses != nullptr) {
    addresses.insert(here.addresses->begin(), here.addresses->end());
  }
  std::vector<std::pair<ToldFlow, const ToldFlow*>> pairs;
  for (const Address& address : addresses) {
    ToldFlow reached = flow;
    reached.key.listen.address = address;
    for (const ToldFlow* mate : there.testimony->matching(Role::active, reached.key)) {
      pairs.emplace_back(reached, mate);
    }
  }
  const Shares shares{pairs.size(), here.testimony->count_matching(Role::passive, flow.key)};
  std::vector<Joint> joints;
  for (const auto& [reached, mate] : pairs) {
    joints.push_back(two_sided(reached, *mate, here, there, shares));
  }
  return joints;
}

bool one_process(const std::vector<Joint>& joints) {
  return joints.size() == 1 && joints.front().target.owner.process;
}

}  // namespace

Role opposite(Role role) { return role == Role::active ? Role::passive : Role::active; }

End near_end(const ToldFlow& flow, HostIndex host) {
  return {host, *flow.owner, local_address(flow.key)};
}

std::vector<Joint> stitch(const ToldFlow& flow, const Party& here, const Party& there) {
  if (there.testimony == nullptr) return {one_sided(flow, here, there)};
  const Role role = flow.key.role;
  if (is_reached_anywhere(flow.key)) {
    auto joints = at_any_address(flow, here, there);
    return joints.empty() ? std::vector{one_sided(flow, here, there)} : joints;
  }
  const auto mates = role == Role::active ? servers(flow, there)
                                          : there.testimony->matching(Role::active, flow.key);
  if (role == Role::active && nobody_known(mates) && !(mates.empty() && cannot_be_missed(flow))) {
    auto joints = through_listeners(flow, here, there);
    if (mates.empty() ? !joints.empty() : one_process(joints)) return joints;
  }
  if (mates.empty()) return {one_sided(flow, here, there)};

  const auto rivals = here.testimony->count_matching(role, flow.key);
  const Shares shares =
      role == Role::active ? Shares{rivals, mates.size()} : Shares{mates.size(), rivals};
  std::vector<Joint> joints;
  for (const ToldFlow* mate : mates) joints.push_back(two_sided(flow, *mate, here, there, shares));
  return joints;
}

std::optional<ToldFlow> contradiction(const ToldFlow& guess, const Testimony& here,
                                      const Testimony& there) {
  if (guess.evidence != Evidence::port) return std::nullopt;
  if (there.count_matching(opposite(guess.key.role), guess.key) > 0) return std::nullopt;
  const ToldFlow* truth = nullptr;
  const FlowKey& key = guess.key;
  for (const ToldFlow* theirs :
       there.between(key.role, key.listen.proto, key.client, key.listen.address)) {
    if (theirs->evidence >= Evidence::peer) continue;
    if (here.count_matching(opposite(key.role), theirs->key) > 0) continue;  // that is another flow
    if (truth != nullptr && truth->key.listen != theirs->key.listen) return std::nullopt;
    truth = theirs;
  }
  if (truth == nullptr) return std::nullopt;
  ToldFlow flow = guess;
  flow.key.role = opposite(guess.key.role);
  flow.key.listen = truth->key.listen;
  flow.key.client = truth->key.client;
  flow.evidence = Evidence::peer;
  return flow;
}

}  // namespace ttq
