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

void ListenerBook::look(const Snapshot& snapshot) {
  netns_ = snapshot.netns;
  std::unordered_map<std::uint64_t, std::vector<Owner>> known;  // by cookie: inodes are reused
  for (auto& [port, sockets] : bound_) {
    for (Bound& bound : sockets) known.emplace(bound.cookie, std::move(bound.owners));
  }
  bound_.clear();
  for (const Socket& socket : snapshot.sockets) {
    if (!is_listening(socket)) continue;
    Bound bound{socket.local, socket.v6only, socket.inode, socket.cookie, {}};
    if (const auto found = known.find(socket.cookie); found != known.end()) {
      bound.owners = std::move(found->second);
    }
    bound_[port_key(socket.local)].push_back(std::move(bound));
  }
}

std::unordered_set<std::uint64_t> ListenerBook::strangers() const {
  std::unordered_set<std::uint64_t> inodes;
  for (const auto& [port, sockets] : bound_) {
    for (const Bound& bound : sockets) {
      if (bound.owners.empty()) inodes.insert(bound.inode);
    }
  }
  return inodes;
}

std::unordered_set<std::uint64_t> ListenerBook::inodes() const {
  std::unordered_set<std::uint64_t> inodes;
  for (const auto& [port, sockets] : bound_) {
    for (const Bound& bound : sockets) inodes.insert(bound.inode);
  }
  return inodes;
}

void ListenerBook::learn(const OwnersByInode& owners) {
  for (auto& [port, sockets] : bound_) {
    for (Bound& bound : sockets) {
      if (const auto found = owners.find(bound.inode); found != owners.end()) {
        bound.owners = found->second;
      }
    }
  }
}

std::vector<const ListenerBook::Bound*> ListenerBook::match(const Endpoint& local) const {
  std::vector<const Bound*> exact;
  std::vector<const Bound*> wildcard4;
  std::vector<const Bound*> wildcard6;
  const auto found = bound_.find(port_key(local));
  if (found == bound_.end()) return exact;
  for (const Bound& bound : found->second) {
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

bool ListenerBook::has(const Endpoint& local) const { return !match(local).empty(); }

std::vector<Owner> ListenerBook::owners_of(const Endpoint& local) const {
  std::map<ProcessKey, Owner> owners;
  for (const Bound* bound : match(local)) {
    for (const Owner& owner : bound->owners) owners.emplace(owner.key(), owner);
  }
  std::vector<Owner> sorted;
  sorted.reserve(owners.size());
  for (auto& [key, owner] : owners) sorted.push_back(std::move(owner));
  return sorted;
}

std::vector<Listener> ListenerBook::listeners(Time now) const {
  std::vector<Listener> found;
  for (const auto& [port, sockets] : bound_) {
    for (const Bound& bound : sockets) {
      const Endpoint& endpoint = bound.endpoint;
      if (endpoint.proto == Protocol::udp && ephemeral_.contains(endpoint.port)) continue;
      for (const Owner& owner : bound.owners) {
        found.push_back({endpoint, netns_, owner, bound.v6only, now, now});
      }
    }
  }
  return found;
}

}  // namespace ttq
