// Every connection that stands, by cookie: what was once decided about it, and who holds it.
//
// Direction is decided at first sight and kept, so that a listener that goes away later does not
// flip a connection (trap 2). Each look compares the snapshot with the book, and tells the
// FlowTable what opened, closed, was answered or gave up.
//
// Rows without an owner (inode 0), and what becomes of them:
//
// - ESTABLISHED, CLOSE_WAIT: not accepted yet. It belongs to its listener, and is asked again once
//   it has an inode.
// - FIN_WAIT1, LAST_ACK and the like: its process has closed it. The owner stays who it was, or is
//   `exited` if nobody ever saw it.
// - TIME_WAIT, and FIN_WAIT2 without an inode: a stub (inet_timewait_sock), on some kernels under a
//   new cookie. Its four-tuple tells whether it is the end of a connection that we know. Otherwise
//   a connection came and went between two looks, and is counted for the flow that its ports
//   identify: its listener's where it is passive, nobody's where it was ours. On loopback the ports
//   may identify no flow; then it is only counted (undecided()).
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "flow/classify.h"
#include "flow/flow_table.h"
#include "flow/listener_book.h"
#include "ttq/snapshot.h"

namespace ttq {

class ConnectionBook {
 public:
  explicit ConnectionBook(PortRange ephemeral) : ephemeral_(ephemeral) {}

  /// Connections and attempts that were not met before.
  [[nodiscard]] std::vector<Socket> newcomers(const Snapshot& snapshot) const;

  /// Inodes of connections whose owner is in doubt: not found yet, or just accepted.
  [[nodiscard]] std::unordered_set<std::uint64_t> doubts(const Snapshot& snapshot) const;
  /// Inodes of all connections, for a look at who holds them now.
  [[nodiscard]] static std::unordered_set<std::uint64_t> inodes(const Snapshot& snapshot);

  /// What a look found out: the newcomers, measured, and who holds which inode.
  struct Findings {
    const std::vector<Socket>& newcomers;
    const OwnersByInode& owners;
    const ListenerBook& listeners;
  };
  /// Brings the book up to the snapshot, and counts in the table.
  void turn(const Snapshot& snapshot, const Findings& findings, FlowTable& table, Time now);

  [[nodiscard]] std::size_t size() const { return known_.size(); }
  [[nodiscard]] std::uint64_t unknown_owners() const;
  /// Connections that came and went between two looks and whose direction nothing tells.
  [[nodiscard]] std::uint64_t undecided() const { return undecided_; }

 private:
  using Cookie = std::uint64_t;
  using Tuple = std::uint64_t;  ///< hash of protocol and both ends

  struct Known {
    Tuple tuple = 0;
    std::vector<FlowKey> flows;  ///< one for each owner; the same but for the process
    Evidence evidence = Evidence::port;
    bool in_doubt = false;  ///< not found yet, or not accepted: looked for once more
    bool attempt = false;
    bool opened = false;  ///< counted as such, not held
    Time met_at;
    std::uint64_t look = 0;  ///< when it was last in a snapshot
  };

  static Tuple tuple_of(const Socket& socket);
  [[nodiscard]] bool is_undecidable(const Socket& socket, const Verdict& verdict) const;
  [[nodiscard]] std::vector<Sighting> sightings(const Socket& socket, const Verdict& verdict,
                                                const Findings& findings, NetNs netns) const;
  void meet(const Socket& socket, const Findings& findings, FlowTable& table, NetNs netns,
            Time now);
  void meet_again(const Socket& socket, Known& known, const Findings& findings, FlowTable& table,
                  Time now);
  void change_owners(const Socket& socket, Known& known, const Findings& findings, FlowTable& table,
                     Time now);
  void meet_remains(const Socket& socket, const Findings& findings, FlowTable& table, NetNs netns,
                    Time now);
  void forget_missing(std::uint64_t looks, FlowTable& table, Time now);

  PortRange ephemeral_;
  std::unordered_map<Cookie, Known> known_;
  std::unordered_set<Tuple> standing_;  ///< of `known_`
  std::unordered_set<Tuple> remains_;   ///< TIME_WAIT in the last snapshot
  std::uint64_t look_ = 0;
  std::uint64_t undecided_ = 0;
};

}  // namespace ttq
