// The recipe of the daemon: at every tick the kernel's sockets become counted flows.
//
//   probe -> newcomers -> who sent the SYN -> who holds them -> direction -> flow table -> store
//
// A tick at which nothing is new costs the dump of the sockets and a search for each of them.
// It alone knows all of these stages, and it owns their state: one thread calls it. A tick that
// fails is logged and counted, and leaves a gap in the coverage; the next one runs.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "flow/connection_book.h"
#include "flow/flow_table.h"
#include "flow/listener_book.h"
#include "join/socket_owners.h"
#include "ttq/health.h"
#include "ttq/probe.h"
#include "ttq/store.h"
#include "ttracerd/health_board.h"
#include "ttracerd/listener_log.h"

namespace ttq {

struct Pace {
  Duration interval{1'000};
  Duration window{60'000};
  Duration flush{5'000};
};

class Collector {
 public:
  Collector(Probe& probe, SocketOwners owners, Store& store, HealthBoard& board,
            PortRange ephemeral, Pace pace);

  /// Looks once, and flushes when it is time. A clock that was set back by less than a window is
  /// taken to stand still until it has caught up, so that no closed window is reopened; one that
  /// was set back further was wrong before, and is believed.
  void tick(Time wall);

  /// Writes what has changed since the last flush; false: there was nothing, or it failed.
  bool flush();

 private:
  Result<Snapshot> look(Time now, Remains remains);
  void turn(Time now);
  Holders find_holders(const std::vector<Inode>& moved);
  std::vector<Inode> recheck();
  void note_listeners(Time now);
  void note_degradations(std::vector<std::string> sentences);
  [[nodiscard]] Time steady(Time wall) const;
  [[nodiscard]] bool is_flush_due(Time now) const;  ///< at the end of this tick
  void enter_window(Time now);
  void cover(Time now);
  bool write(const WindowBatch& batch);
  void fail(const Fault& fault, std::uint64_t& counter);
  [[nodiscard]] bool is_continuous(Time now) const;

  Probe& probe_;
  SocketOwners owners_;
  Store& store_;
  HealthBoard& board_;
  Pace pace_;

  ListenerBook listener_book_;
  ConnectionBook connection_book_;
  FlowTable table_;
  ListenerLog listeners_;
  std::optional<std::uint64_t> noted_version_;  ///< of the listener book, in the log
  std::optional<Coverage> coverage_;
  std::uint64_t looks_ = 0;  ///< in `coverage_`
  bool can_write_ = true;
  std::optional<Time> last_look_;
  Time last_flush_;
  std::uint64_t ticks_since_flush_ = 0;  ///< counted too, since the clock may stand still
  Health health_;
};

}  // namespace ttq
