// What happened to connections, as the kernel counted it by flow while it happened.
//
// A connection that was seen opening is counted by events until a look meets it and takes it over;
// one that no look meets is counted by events to its end.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ttq/endpoint.h"
#include "ttq/flow.h"
#include "ttq/process.h"
#include "ttq/time.h"

namespace ttq {

/// A program as the kernel tells it from others. It may be gone by now.
struct ProgramMark {
  std::int32_t pid = 0;          ///< of the program root, in our PID namespace
  std::uint64_t start_time = 0;  ///< ns since boot
  std::uint64_t image = 0;       ///< another after each exec
  auto operator<=>(const ProgramMark&) const = default;
};

/// A file, as the kernel tells it from others.
struct FileMark {
  std::uint64_t inode = 0;  ///< 0: there is none
  std::uint32_t device = 0;
  auto operator<=>(const FileMark&) const = default;
};

/// What was known of it when it called connect().
struct Caller {
  ProgramMark mark;
  std::int32_t pgid = 0;
  std::uint64_t start_code = 0;  ///< as in /proc/PID/stat
  std::uint64_t start_stack = 0;
  std::string name;  ///< its comm, cleaned
  std::uint32_t uid = 0;
  std::uint64_t cgroup = 0;  ///< id in the cgroup v2 tree
  FileMark executable;
};

/// Whoever they were.
using CallerOwners = std::map<ProgramMark, Owner>;

/// A flow as the kernel tells it.
struct EventFlow {
  Role role = Role::active;
  Endpoint listen;
  Address client;
  ProgramMark program;  ///< all 0 where TCP is passive: its owner is its listener's
  auto operator<=>(const EventFlow&) const = default;
};

/// Since the last time it was told.
struct FlowEvents {
  EventFlow flow;
  Evidence evidence = Evidence::event;
  std::optional<Caller> caller;  ///< none: nobody has asked for a connection since
  std::uint64_t datagrams = 0;
  std::uint64_t opened = 0;
  std::uint64_t failed = 0;
  std::uint64_t closed = 0;       ///< not those that were taken over
  std::uint64_t taken_ended = 0;  ///< of those that were taken over
  std::uint64_t peak = 0;         ///< so many more stood at one moment than at the beginning
  Traffic traffic;
};

/// A connection that was seen opening, and that this look took over.
struct TakenOver {
  std::uint64_t cookie = 0;
  EventFlow flow;
  Duration age{0};
};

/// What was seen opening, and was not taken over.
struct Left {
  std::uint64_t now = 0;
  std::uint64_t pending = 0;  ///< attempts that wait for an answer
  bool operator==(const Left&) const = default;
};

struct Events {
  std::vector<FlowEvents> flows;
  std::vector<TakenOver> taken_over;
  std::uint64_t lost = 0;  ///< openings and endings that were not counted, for want of room
  /// As the look that came before found it; of a flow that is not here nothing is left. None: there
  /// was no look since the last batch.
  std::optional<std::map<EventFlow, Left>> left;
};

}  // namespace ttq
