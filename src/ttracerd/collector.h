// The recipe of the daemon: at every tick the kernel's sockets become counted flows.
//
//   probe -> newcomers -> who sent the SYN -> who holds them -> direction -> flow table -> intake
//         -> events ----> who asked for them or listens -------------------^
//
// A tick at which nothing is new costs the dump of the sockets and a search for each of them; where
// events tell what happens, only some ticks look at all sockets (reconciliation.h), and the others
// at the listeners.
// It alone knows all of these stages, and it owns their state: one thread calls it. A tick that
// fails is logged and counted, and leaves a gap in the coverage; the next one runs.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "flow/connection_book.h"
#include "flow/event_book.h"
#include "flow/flow_table.h"
#include "flow/listener_book.h"
#include "join/callers.h"
#include "join/socket_owners.h"
#include "ttq/health.h"
#include "ttq/intake.h"
#include "ttq/probe.h"
#include "ttracerd/listener_log.h"
#include "ttracerd/pace.h"
#include "ttracerd/reconciliation.h"

namespace ttq {

class Collector {
 public:
  Collector(Probe& probe, SocketOwners owners, Callers callers, Intake& intake, PortRange ephemeral,
            Pace pace);

  /// Looks once, and flushes when it is time. A clock that was set back by less than a window is
  /// taken to stand still until it has caught up, so that no closed window is reopened; one that
  /// was set back further was wrong before, and is believed.
  void tick(Time wall);

  /// The next tick is so far away on purpose: what lies between is watched all the same. One that
  /// is longer than the interval is what the CPU budget asks for.
  void expect_pause(Duration pause);

  /// From the next tick on. REQUIRES: the window is as long as it was.
  void set_pace(const Pace& pace);

  /// What this process takes, told with the next tick.
  void note(const Footprint& own) { health_.collector = own; }

  /// Tells what has changed since the last flush; false: there was nothing, or it failed.
  bool flush();

  /// Another server is told: at once how things stand, with the next tick all of the open window.
  void tell_again();
  void tell_health() { intake_.post(health_); }
  /// The server has ended, and was not asked to.
  void note_restart() { ++health_.server_restarts; }

 private:
  Result<Snapshot> watch(Time now, bool flush_is_due);
  Result<Snapshot> look(Remains remains);
  Result<Snapshot> look_at_listeners(Remains remains);
  void turn(Time now);
  void take_events();
  void note_lost(std::uint64_t events);
  std::vector<Inode> sockets_in_question(const std::vector<Inode>& moved) const;
  Holders find_holders(std::vector<Inode> wanted);
  Holders settle_events(Time now);
  std::vector<Inode> recheck(Time now);
  void note_listeners(Time now);
  void note_degradations(std::vector<std::string> sentences, Time now);
  [[nodiscard]] Time steady(Time wall) const;
  [[nodiscard]] bool is_flush_due(Time now) const;  ///< at the end of this tick
  void enter_window(Time now);
  void cover(Time now);
  [[nodiscard]] std::optional<Duration> since_last_look_at_all(Time now) const;
  void fail(const Fault& fault, std::uint64_t& counter);
  [[nodiscard]] bool is_continuous(Time now) const;
  [[nodiscard]] bool is_held_back(Time now) const;

  Probe& probe_;
  SocketOwners owners_;
  Callers callers_;
  Intake& intake_;
  Pace pace_;

  ListenerBook listener_book_;
  ConnectionBook connection_book_;
  EventBook event_book_;
  Reconciliation reconciliation_;
  NetNs netns_ = 0;
  bool looks_at_all_ = true;  ///< at this tick
  std::uint64_t lost_ = 0;    ///< events, in `coverage_`
  FlowTable table_;
  ListenerLog listeners_;
  std::optional<std::uint64_t> noted_version_;  ///< of the listener book, in the log
  std::uint64_t counting_ = 0;                  ///< of the open window, known by this number
  std::optional<Coverage> coverage_;
  std::uint64_t looks_ = 0;  ///< at all sockets, in `coverage_`
  std::optional<Time> last_look_;
  Duration expected_pause_{0};
  std::optional<Time> held_back_;  ///< by the CPU budget, the last time
  Time last_flush_;
  std::uint64_t ticks_since_flush_ = 0;  ///< counted too, since the clock may stand still
  Health health_;
};

}  // namespace ttq
