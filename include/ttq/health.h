// The daemon's own figures: what it saw, what it cost, what it could not do. Printed by /metrics.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ttq/time.h"

namespace ttq {

/// What a process of the daemon takes of its host.
struct Footprint {
  std::chrono::nanoseconds cpu{0};  ///< of all its threads, user and system, since it was made
  std::optional<std::uint64_t> resident_bytes;  ///< now, with what it shares; none: cannot be read
};

/// Counters run from the start of the daemon; gauges are those of the last tick.
struct Health {
  Time started;
  Time last_tick;                             ///< epoch: there was none yet
  Duration interval{1000};                    ///< as configured
  std::optional<Duration> achieved_interval;  ///< between the last two looks at all sockets
  std::uint64_t ticks = 0;
  std::uint64_t failed_ticks = 0;  ///< snapshots that could not be taken at all
  std::uint64_t inconsistent_snapshots = 0;
  std::uint64_t sockets = 0;      ///< gauge: rows in the last snapshot
  std::uint64_t connections = 0;  ///< gauge: connections now
  std::uint64_t listeners = 0;    ///< gauge
  std::uint64_t flows = 0;        ///< gauge: flows in the open window
  std::uint64_t dropped_flows = 0;
  std::uint64_t looks = 0;  ///< at all sockets; without events every tick is one
  std::uint64_t lost_events = 0;
  std::uint64_t unannounced = 0;         ///< connections that a look found instead of an event
  std::uint64_t undecided = 0;           ///< ended connections whose direction nothing tells
  std::uint64_t unknown_owners = 0;      ///< gauge: connections whose owner is not known
  std::uint64_t vanished_processes = 0;  ///< exited while they were being read
  std::uint64_t owner_scans = 0;         ///< walks over /proc
  double snapshot_seconds = 0;           ///< of the last tick
  double join_seconds = 0;
  double fold_seconds = 0;
  double snapshot_seconds_total = 0;
  double join_seconds_total = 0;
  double fold_seconds_total = 0;
  std::uint64_t flushes = 0;
  std::uint64_t failed_flushes = 0;
  std::uint64_t server_restarts = 0;      ///< the process that answers had ended
  std::string last_fault;                 ///< empty: none
  std::string probe;                      ///< "ebpf", "netlink" or "procfs"
  std::string probe_reason;               ///< why it is no better one; may be empty
  std::vector<std::string> degradations;  ///< a sentence each
  std::vector<std::pair<std::string, std::uint64_t>> refused;  ///< by HTTP, for each limit
  std::optional<Footprint> collector;                          ///< none: not told yet
  std::optional<Footprint> server;
  std::optional<Time> certificate_end;  ///< of what is shown over TCP; none: there is none
};

}  // namespace ttq
