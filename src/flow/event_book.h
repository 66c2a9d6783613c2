// What events have told of flows, and for whom it counts.
//
// The kernel counts by flow and not by connection. So this book holds for each flow how many of its
// connections stand that no look has taken over, and whose they are: the program's that asked for
// them, or its listener's. When a look takes one over, it is counted back here and counted again by
// the ConnectionBook, for whoever is found to hold it; mostly that is the same.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "flow/flow_table.h"
#include "flow/listener_book.h"
#include "ttq/flow_events.h"
#include "ttq/holders.h"

namespace ttq {

class EventBook {
 public:
  /// The next batch. REQUIRES: the one before was settled.
  void take(Events events);

  /// Who asked for connections in this batch.
  [[nodiscard]] std::vector<Caller> callers() const;

  struct Findings {
    const CallerOwners& callers;
    const ListenerBook& listeners;
    NetNs netns = 0;
  };
  /// Counts the batch in the table. Returns for whom the connections that were taken over had
  /// counted until then, by cookie.
  Holders settle(const Findings& findings, FlowTable& table, Time now);

  /// Connections that stand, and that no look has taken over.
  [[nodiscard]] std::uint64_t connections() const;
  /// Endings that nobody told of, not even that they were lost; since the beginning.
  [[nodiscard]] std::uint64_t unannounced_ends() const { return unannounced_ends_; }
  /// Flows that are remembered.
  [[nodiscard]] std::size_t size() const { return standing_.size(); }

 private:
  enum class Doubt {
    none,
    missing,  ///< a look has found less than should stand
    lost,     ///< something was lost, and may have been of this flow
  };
  struct Standing {
    std::vector<Owner> owners;  ///< not empty
    Left left;
    std::int64_t taken_over = 0;  ///< less those that are told to have ended, maybe before
    Doubt doubt = Doubt::none;
    [[nodiscard]] bool is_over() const { return left == Left{} && taken_over <= 0; }
  };
  using Standings = std::map<EventFlow, Standing>;

  [[nodiscard]] bool waits(const FlowEvents& events, const Findings& findings) const;
  std::vector<Owner> owners_of(const FlowEvents& events, const Findings& findings) const;
  Standing& stand(const FlowEvents& events, const Findings& findings, FlowTable& table, Time now);
  void happen(FlowEvents events, const Findings& findings, FlowTable& table, Time now);
  static void hand_over(const TakenOver& taken, Standing& standing, const Findings& findings,
                        FlowTable& table, Time now);
  void mend(const Findings& findings, FlowTable& table, Time now);

  Events batch_;
  std::vector<FlowEvents> waiting_;  ///< for the next look at the listeners
  Standings standing_;
  std::uint64_t unannounced_ends_ = 0;
};

}  // namespace ttq
