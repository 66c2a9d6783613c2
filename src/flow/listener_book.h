// The listeners of the moment, and who holds each.
//
// Which listener a connection came through is decided as the kernel does: the binding to its very
// address first, then the IPv4 wildcard, then the IPv6 wildcard unless it is v6only. With
// SO_REUSEPORT several sockets are bound alike, so a listener is a list (trap 10).
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ttq/listener.h"
#include "ttq/snapshot.h"

namespace ttq {

/// Both ends belong to it. net.ipv4.ip_local_port_range; this is the kernel's default.
struct PortRange {
  std::uint16_t first = 32768;
  std::uint16_t last = 60999;
  [[nodiscard]] bool contains(std::uint16_t port) const { return first <= port && port <= last; }
};

/// By the inode of a socket (join/socket_owners.h makes it).
using OwnersByInode = std::unordered_map<std::uint64_t, std::vector<Owner>>;

class ListenerBook {
 public:
  explicit ListenerBook(PortRange ephemeral) : ephemeral_(ephemeral) {}

  /// Takes in the listening sockets of a snapshot: TCP in LISTEN, UDP that is bound and not
  /// connected.
  void look(const Snapshot& snapshot);

  /// Listening sockets of which no owner is known yet.
  [[nodiscard]] std::unordered_set<std::uint64_t> strangers() const;
  /// Every listening socket: who learns anything should learn about all of them.
  [[nodiscard]] std::unordered_set<std::uint64_t> inodes() const;
  /// What is not in `owners` is left as it was.
  void learn(const OwnersByInode& owners);

  /// Whether a connection to this local endpoint reaches a listener.
  [[nodiscard]] bool has(const Endpoint& local) const;

  /// The processes that hold the most specific listener for this local endpoint; empty: there is
  /// none.
  [[nodiscard]] std::vector<Owner> owners_of(const Endpoint& local) const;

  /// One for each endpoint and owner, seen at `now`. A UDP socket on an ephemeral port is left out:
  /// it is a client that has not connected, and no server (trap 12).
  [[nodiscard]] std::vector<Listener> listeners(Time now) const;

 private:
  struct Bound {
    Endpoint endpoint;
    bool v6only = false;
    std::uint64_t inode = 0;
    std::uint64_t cookie = 0;
    std::vector<Owner> owners;
  };
  using PortKey = std::uint32_t;  ///< protocol and port
  static PortKey port_key(const Endpoint& endpoint);
  [[nodiscard]] std::vector<const Bound*> match(const Endpoint& local) const;

  PortRange ephemeral_;
  NetNs netns_ = 0;
  std::unordered_map<PortKey, std::vector<Bound>> bound_;
};

}  // namespace ttq
