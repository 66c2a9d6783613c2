// The listeners of the moment, and who holds each.
//
// Which listener a connection came through is decided as the kernel does: the binding to its very
// address first, then the IPv4 wildcard, then the IPv6 wildcard unless it is v6only. With
// SO_REUSEPORT several sockets are bound alike, so a listener is a list (trap 10).
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ttq/holders.h"
#include "ttq/listener.h"
#include "ttq/probe.h"
#include "ttq/snapshot.h"

namespace ttq {

/// Both ends belong to it. net.ipv4.ip_local_port_range; this is the kernel's default.
struct PortRange {
  std::uint16_t first = 32768;
  std::uint16_t last = 60999;
  [[nodiscard]] bool contains(std::uint16_t port) const { return first <= port && port <= last; }
};

/// Which listeners are meant: those of the last look; or also those that have gone since TIME_WAIT
/// was last asked for, whose connections may be in it.
enum class Presence { now, of_late };

class ListenerBook {
 public:
  explicit ListenerBook(PortRange ephemeral) : ephemeral_(ephemeral) {}

  // A look, in the order of its steps.

  void begin_look(Remains remains);
  /// A row; the same one may come twice. Only listening sockets are taken in: TCP in LISTEN, UDP
  /// that is bound and not connected.
  void see(const Socket& socket);
  /// The listeners that this look did not see have gone.
  void end_look(NetNs netns);

  /// Listening sockets of which no owner is known yet.
  [[nodiscard]] std::vector<Inode> strangers() const;
  /// Which of these inodes are listening sockets. REQUIRES: sorted.
  [[nodiscard]] std::vector<Inode> standing(const std::vector<Inode>& inodes) const;
  /// What is not in `holders` is left as it was.
  void learn(const Holders& holders);

  /// Grows whenever the listeners or their owners are others than before.
  [[nodiscard]] std::uint64_t version() const { return version_; }

  /// Whether a connection to this local endpoint reaches a listener.
  [[nodiscard]] bool has(const Endpoint& local, Presence presence = Presence::now) const;

  /// The processes that hold the most specific listener for this local endpoint; empty: there is
  /// none.
  [[nodiscard]] std::vector<Owner> owners_of(const Endpoint& local,
                                             Presence presence = Presence::now) const;

  /// One for each endpoint and owner, seen at `now`. A UDP socket on an ephemeral port is left out:
  /// it is a client that has not connected, and no server (trap 12).
  [[nodiscard]] std::vector<Listener> listeners(Time now) const;

 private:
  struct Bound {
    Endpoint endpoint;
    bool v6only = false;
    Inode inode = 0;
    std::uint64_t look = 0;  ///< the last one that saw it
    std::vector<Owner> owners;
  };
  using Cookie = std::uint64_t;
  using PortKey = std::uint32_t;  ///< protocol and port
  static PortKey port_key(const Endpoint& endpoint);
  [[nodiscard]] bool is_present(const Bound& bound) const { return bound.look == look_; }
  [[nodiscard]] std::vector<const Bound*> match(const Endpoint& local, Presence presence) const;
  void forget_gone();

  PortRange ephemeral_;
  NetNs netns_ = 0;
  std::uint64_t look_ = 0;
  std::uint64_t version_ = 0;
  std::uint64_t look_at_remains_ = 0;  ///< the last one
  std::unordered_map<Cookie, Bound> bound_;
  std::unordered_map<PortKey, std::vector<Cookie>> by_port_;
};

}  // namespace ttq
