// Every connection that stands, by cookie: what was once decided about it, and who holds it.
//
// Direction is decided at first sight and kept, so that a listener that goes away later does not
// flip a connection (trap 2). A look shows the book every row; the book keeps those that say
// something new, and settle() tells the FlowTable what opened, closed, was answered or gave up.
// A look at which nothing is new costs a search for each row, and allocates nothing.
//
// Rows without an owner (inode 0), and what becomes of them:
//
// - ESTABLISHED, CLOSE_WAIT: not accepted yet. It belongs to its listener, and is asked again once
//   it has an inode.
// - FIN_WAIT1, LAST_ACK and the like: its process has closed it. The owner stays who it was, or is
//   `exited` if nobody ever saw it.
// - TIME_WAIT, and FIN_WAIT2 without an inode: a stub (inet_timewait_sock), on some kernels under a
//   new cookie. It is looked at every few looks, since it stays for a minute. Its four-tuple tells
//   whether it is the end of a connection that we know. Otherwise a connection came and went
//   between two looks, and is counted for the flow that its ports identify: its listener's where it
//   is passive, nobody's where it was ours. On loopback the ports may identify no flow; then it is
//   only counted (undecided()).
#pragma once

#include <cstdint>
#include <vector>

#include "flow/classify.h"
#include "flow/connection_table.h"
#include "flow/flow_sets.h"
#include "flow/flow_table.h"
#include "flow/listener_book.h"
#include "ttq/holders.h"
#include "ttq/probe.h"

namespace ttq {

class ConnectionBook {
 public:
  explicit ConnectionBook(PortRange ephemeral) : ephemeral_(ephemeral) {}

  /// From now on events tell TCP connections as they open, so one that comes without (Socket::
  /// opening) after the first look is not taken in at once: it may have opened while the look went
  /// on, and be told at the next. If it is not, its event was lost.
  void expect_events() { expects_events_ = true; }

  // A look, in the order of its steps.

  void begin_look(Remains remains);
  /// A row; the same one may come twice. Listeners are passed over.
  void see(const Socket& socket);
  void end_look(const Snapshot& snapshot);

  /// Inodes of connections that are over, or that their process has closed.
  [[nodiscard]] const std::vector<Inode>& closed() const { return closed_; }

  /// Connections and attempts that were not met before, to be measured: as many as are taken in at
  /// one look. The others come with the next.
  static constexpr std::size_t max_newcomers = 65'536;
  [[nodiscard]] std::vector<Socket>& newcomers() { return newcomers_; }
  [[nodiscard]] const std::vector<Socket>& newcomers() const { return newcomers_; }
  /// How many the last look had to leave for the next.
  [[nodiscard]] std::size_t backlog() const { return backlog_; }

  /// Inodes of connections that were met before and whose owner is in doubt: not found at first
  /// sight, or just accepted.
  [[nodiscard]] std::vector<Inode> doubts() const;
  /// Which of these inodes belong to connections that were met before. REQUIRES: sorted.
  [[nodiscard]] std::vector<Inode> standing(const std::vector<Inode>& inodes);

  /// What was found out about this look.
  struct Findings {
    const Holders& holders;
    const ListenerBook& listeners;
    const std::vector<Inode>& moved;  ///< sorted: who holds these may have changed
    /// By cookie: for whom events counted what this look took over.
    const Holders& counted_for;
  };
  /// Brings the book up to the look, and counts in the table.
  void settle(const Findings& findings, FlowTable& table, Time now);

  [[nodiscard]] std::size_t size() const { return connections_.size(); }
  [[nodiscard]] std::uint64_t unknown_owners() const { return unknown_owners_; }
  /// Connections that came and went between two looks and whose direction nothing tells.
  [[nodiscard]] std::uint64_t undecided() const { return undecided_; }
  /// Connections that were found by a look although events were expected.
  [[nodiscard]] std::uint64_t unannounced() const { return unannounced_; }

 private:
  using Tuple = std::uint64_t;  ///< hash of protocol and both ends

  static Tuple tuple_of(const Socket& socket);
  void see_newcomer(const Socket& socket);
  static bool has_another_peer(const Connection& known, const Socket& socket);
  void see_reconnected(Connection& known);
  [[nodiscard]] bool is_unannounced(const Socket& socket) const;
  bool is_event_due(const Socket& socket);
  void see_remains(const Socket& socket);
  void note_inode(Connection& connection, std::uint32_t inode);
  [[nodiscard]] bool is_undecidable(const Socket& socket, const Verdict& verdict) const;
  const std::vector<Owner>& owners_of(const Socket& socket, const Verdict& verdict,
                                      const Findings& findings, std::vector<Owner>& made) const;
  /// False: the row came twice.
  bool meet(const Socket& socket, const Findings& findings, FlowTable& table, Time now);
  void meet_again(const Socket& socket, const Findings& findings, FlowTable& table, Time now);
  void settle_moved(const Findings& findings, FlowTable& table, Time now);
  void change_owners(Connection& connection, const Findings& findings, FlowTable& table, Time now);
  void keep_flows(Connection& connection, const std::vector<FlowKey>& flows);
  void let_go(const Connection& connection);
  [[nodiscard]] bool is_over(const Connection& connection) const;
  void forget_missing(FlowTable& table, Time now);
  void settle_remains(const Findings& findings, FlowTable& table, Time now);
  void meet_remains(const Socket& socket, const Findings& findings, FlowTable& table, Time now);

  PortRange ephemeral_;
  ConnectionTable connections_;
  FlowSets flow_sets_;
  std::uint32_t look_ = 0;
  bool knows_all_ = false;      ///< that stood when it began: from then on a newcomer was opened
  bool knows_remains_ = false;  ///< of connections that ended before it began
  std::uint64_t unknown_owners_ = 0;
  std::uint64_t undecided_ = 0;
  std::uint64_t unannounced_ = 0;
  bool expects_events_ = false;

  // Of the look in progress; kept for their memory.
  Remains remains_in_look_ = Remains::left_out;
  NetNs netns_ = 0;
  std::uint32_t patience_ = 0;  ///< looks that a connection may be missing from
  std::size_t met_again_ = 0;
  std::size_t backlog_ = 0;
  std::vector<Socket> newcomers_;
  std::vector<Socket> changed_;  ///< met before, and something about them is new
  std::vector<Socket> remains_;  ///< not seen at the last look that asked for them
  std::vector<Inode> closed_;
  // Cookies of those that came without an event: at the look before (sorted), and at this one.
  std::vector<std::uint64_t> doubtful_;
  std::vector<std::uint64_t> next_doubtful_;

  // Sorted; since the last look that asked for remains.
  std::vector<Tuple> known_remains_;
  std::vector<Tuple> next_remains_;
  std::vector<Tuple> ended_;  ///< connections that are over: not sorted until it is needed
};

}  // namespace ttq
