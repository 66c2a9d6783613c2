// The walk: from one host to the graph of what depends on what, the recipe of `ttq`.
//
// It follows processes, not hosts: from those that were asked for to the processes at the other end
// of their flows, then to those of theirs, depth by depth. Upward (who depends on it) and downward
// (what it needs) are two walks that never mix. It ends by itself, whatever the hosts tell: no
// process is expanded twice in one direction, no address asked twice.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "ttq/graph.h"
#include "ttq/peer.h"
#include "walk/boundary.h"
#include "walk/peer_book.h"

namespace ttq {

/// What is asked about. Absent fields do not narrow.
struct Target {
  PeerAddress address;  ///< where its host is asked
  std::string text;     ///< as it was typed
  std::optional<std::uint16_t> port;
  std::optional<std::string> process;  ///< name
  std::optional<std::int32_t> pgid;
};

struct WalkQuery {
  Direction direction = Direction::both;
  std::optional<unsigned> depth;  ///< none: to the end
  Span span;                      ///< by our clock
  bool self = false;              ///< with the tool's own questions
};

struct WalkLimits {
  std::uint16_t peer_port =
      18870;  ///< where every host but the target's is asked, unless booked otherwise
  Duration host_timeout{3000};
  Duration timeout{30'000};  ///< of the whole walk
  unsigned concurrency = 64;
  unsigned max_hosts = 1000;
  /// Of the graph, and of what it is looked for ahead. Where many processes share both ends of a
  /// connection every pair is a joint, so that one answer could make billions of them.
  std::size_t max_joints = 500'000;
  Boundary boundary;  ///< of addresses that hosts speak of
  PeerBook peers;     ///< by which names they are asked

  /// Whether daemons are asked at that port, anywhere.
  [[nodiscard]] bool is_daemon_port(std::uint16_t port) const;
  /// Whether one may be asked there.
  [[nodiscard]] bool is_daemon_at(const Endpoint& endpoint) const;
  /// Why nobody is asked for that address. none: somebody may be.
  [[nodiscard]] std::optional<NotAsked> obstacle(const Address& address) const;
};

/// The clocks, since no stage reads one itself.
struct Clocks {
  std::function<Time()> wall;
  std::function<std::chrono::steady_clock::time_point()> steady;
};

/// How far a walk has got.
struct Progress {
  unsigned depth = 0;
  std::size_t asked = 0;
  std::size_t answered = 0;  ///< of the asked: with or without success
};

/// Watches a walk, and may end it.
struct Watcher {
  /// Called in the thread of the walk. May be empty.
  std::function<void(const Progress&)> see;
  /// No new question is asked once it is true. May be null.
  const std::atomic<bool>* stop = nullptr;
};

/// Always a graph; what went wrong is in its hosts and warnings. No host that answered: no nodes.
/// Nothing selected by the target: no nodes, and the warning `nothing_found` says why.
Graph walk(Peer& peer, const Target& target, const WalkQuery& query, const WalkLimits& limits,
           const Clocks& clocks, const Watcher& watcher = {});

}  // namespace ttq
