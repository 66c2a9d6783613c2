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

void ListenerBook::begin_look() { ++look_; }

/// By cookie, for inodes are used again (trap 7).
void ListenerBook::see(const Socket& socket) {
  if (!is_listening(socket)) return;
  auto& sockets = bound_[port_key(socket.local)];
  const auto known = std::find_if(sockets.begin(), sockets.end(), [&](const Bound& bound) {
    return bound.cookie == socket.cookie;
  });
  if (known != sockets.end()) {
    known->look = look_;
    return;
  }
  sockets.push_back({socket.local, socket.v6only, socket.inode, socket.cookie, look_, {}});
  ++version_;
}

void ListenerBook::end_look(NetNs netns) {
  netns_ = netns;
  for (auto port = bound_.begin(); port != bound_.end();) {
    const auto gone =
        std::erase_if(port->second, [&](const Bound& bound) { return bound.look != look_; });
    if (gone > 0) ++version_;
    port = port->second.empty() ? bound_.erase(port) : std::next(port);
  }
}

std::vector<Inode> ListenerBook::strangers() const {
  std::vector<Inode> inodes;
  for (const auto& [port, sockets] : bound_) {
    for (const Bound& bound : sockets) {
      if (bound.owners.empty()) inodes.push_back(bound.inode);
    }
  }
  return inodes;
}

std::vector<Inode> ListenerBook::standing(const std::vector<Inode>& inodes) const {
  std::vector<Inode> found;
  if (inodes.empty()) return found;
  for (const auto& [port, sockets] : bound_) {
    for (const Bound& bound : sockets) {
      if (std::binary_search(inodes.begin(), inodes.end(), bound.inode)) {
        found.push_back(bound.inode);
      }
    }
  }
  return found;
}

void ListenerBook::learn(const Holders& holders) {
  if (holders.empty()) return;
  for (auto& [port, sockets] : bound_) {
    for (Bound& bound : sockets) {
      const auto* owners = holders.of(bound.inode);
      if (owners == nullptr || bound.owners == *owners) continue;
      bound.owners = *owners;
      ++version_;
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
