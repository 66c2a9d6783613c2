#include "flow/listener_book.h"

#include <algorithm>
#include <map>

namespace ttq {
namespace {

bool is_listening(const Socket& socket) {
  if (socket.local.port == 0) return false;
  return socket.local.proto == Protocol::tcp ? socket.state == SocketState::listen
                                             : socket.state == SocketState::close;
}

}  // namespace

ListenerBook::PortKey ListenerBook::port_key(const Endpoint& endpoint) {
  return (static_cast<PortKey>(endpoint.proto) << 16U) | endpoint.port;
}

void ListenerBook::begin_look(Remains remains) {
  forget_gone();
  ++look_;
  if (remains == Remains::asked_for) look_at_remains_ = look_;
}

/// Whoever was not seen when TIME_WAIT was asked for has nothing left in it.
void ListenerBook::forget_gone() {
  const auto is_over = [&](const Bound& bound) { return bound.look < look_at_remains_; };
  const auto gone = std::erase_if(bound_, [&](const auto& entry) { return is_over(entry.second); });
  if (gone == 0) return;
  for (auto& [port, cookies] : by_port_) {
    std::erase_if(cookies, [&](Cookie cookie) { return !bound_.contains(cookie); });
  }
  std::erase_if(by_port_, [](const auto& entry) { return entry.second.empty(); });
}

/// By cookie, for inodes are used again (trap 7).
void ListenerBook::see(const Socket& socket) {
  if (!is_listening(socket)) return;
  const auto known = bound_.find(socket.cookie);
  if (known == bound_.end()) {
    bound_.emplace(socket.cookie, Bound{socket.local, socket.v6only, socket.inode, look_, {}});
    by_port_[port_key(socket.local)].push_back(socket.cookie);
    ++version_;
    return;
  }
  if (known->second.look + 1 < look_) ++version_;  // a look had missed it
  known->second.look = look_;
}

void ListenerBook::end_look(NetNs netns) {
  netns_ = netns;
  const bool one_has_gone = std::any_of(bound_.begin(), bound_.end(), [&](const auto& entry) {
    return entry.second.look + 1 == look_;
  });
  if (one_has_gone) ++version_;
}

std::vector<Inode> ListenerBook::strangers() const {
  std::vector<Inode> inodes;
  for (const auto& [cookie, bound] : bound_) {
    if (is_present(bound) && bound.owners.empty()) inodes.push_back(bound.inode);
  }
  return inodes;
}

std::vector<Inode> ListenerBook::standing(const std::vector<Inode>& inodes) const {
  std::vector<Inode> found;
  if (inodes.empty()) return found;
  for (const auto& [cookie, bound] : bound_) {
    if (is_present(bound) && std::binary_search(inodes.begin(), inodes.end(), bound.inode)) {
      found.push_back(bound.inode);
    }
  }
  return found;
}

void ListenerBook::learn(const Holders& holders) {
  if (holders.empty()) return;
  for (auto& [cookie, bound] : bound_) {
    const auto* owners = is_present(bound) ? holders.of(bound.inode) : nullptr;
    if (owners == nullptr || bound.owners == *owners) continue;
    bound.owners = *owners;
    ++version_;
  }
}

std::vector<const ListenerBook::Bound*> ListenerBook::match(const Endpoint& local,
                                                            Presence presence) const {
  std::vector<const Bound*> exact;
  std::vector<const Bound*> wildcard4;
  std::vector<const Bound*> wildcard6;
  const auto found = by_port_.find(port_key(local));
  if (found == by_port_.end()) return exact;
  for (const Cookie cookie : found->second) {
    const Bound& bound = bound_.at(cookie);
    if (presence == Presence::now && !is_present(bound)) continue;
    if (!accepts({.endpoint = bound.endpoint, .v6only = bound.v6only}, local)) continue;
    if (bound.endpoint.address == local.address) {
      exact.push_back(&bound);
    } else {
      (bound.endpoint.address.is_v4() ? wildcard4 : wildcard6).push_back(&bound);
    }
  }
  if (!exact.empty()) return exact;
  return wildcard4.empty() ? wildcard6 : wildcard4;
}

bool ListenerBook::has(const Endpoint& local, Presence presence) const {
  return !match(local, presence).empty();
}

std::vector<Owner> ListenerBook::owners_of(const Endpoint& local, Presence presence) const {
  std::map<ProcessKey, Owner> owners;
  for (const Bound* bound : match(local, presence)) {
    for (const Owner& owner : bound->owners) owners.emplace(owner.key(), owner);
  }
  std::vector<Owner> sorted;
  sorted.reserve(owners.size());
  for (auto& [key, owner] : owners) sorted.push_back(std::move(owner));
  return sorted;
}

std::vector<Listener> ListenerBook::listeners(Time now) const {
  std::vector<Listener> found;
  for (const auto& [cookie, bound] : bound_) {
    const Endpoint& endpoint = bound.endpoint;
    if (!is_present(bound)) continue;
    if (endpoint.proto == Protocol::udp && ephemeral_.contains(endpoint.port)) continue;
    for (const Owner& owner : bound.owners) {
      found.push_back({endpoint, netns_, owner, bound.v6only, now, now});
    }
  }
  return found;
}

}  // namespace ttq
