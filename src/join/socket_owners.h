// Who holds a socket: inodes in, owners out, by looking through /proc/PID/fd of every process.
//
// A socket may be held by several processes (fork, passed descriptors, socket activation), so the
// answer is a set of programs. Pid 1 holds sockets for others; it is named only where nobody else
// is.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "join/proc_reader.h"
#include "ttq/process.h"

namespace ttq {

/// By inode; never empty for an inode that was asked for. Sorted by key.
using Owners = std::unordered_map<std::uint64_t, std::vector<Owner>>;

class SocketOwners {
 public:
  explicit SocketOwners(ProcReader proc);

  /// One walk over /proc. An inode that nobody holds is `kernel`, or `no_permission` where some
  /// process could not be looked into. 0 is passed over.
  Owners find(const std::unordered_set<std::uint64_t>& inodes);

  /// Whether this very process (not another with its pid) still runs.
  [[nodiscard]] bool is_alive(const ProcessKey& key) const;

  [[nodiscard]] std::uint64_t scans() const { return scans_; }
  /// Processes that went while they were being read.
  [[nodiscard]] std::uint64_t vanished() const { return vanished_; }
  /// Processes that the last scan was not allowed to look into; those that are hidden count as one.
  [[nodiscard]] std::uint64_t denied() const { return denied_; }

 private:
  using Holders = std::unordered_map<std::uint64_t, std::vector<Pid>>;
  Holders holders_of(const std::unordered_set<std::uint64_t>& inodes);

  ProcReader proc_;
  std::string boot_id_;
  std::uint64_t scans_ = 0;
  std::uint64_t vanished_ = 0;
  std::uint64_t denied_ = 0;
};

}  // namespace ttq
