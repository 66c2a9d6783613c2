// Who holds a socket: inodes in, owners out, by what /proc/PID/fd shows.
//
// A socket may be held by several processes (fork, passed descriptors, socket activation), so the
// answer is a set of programs. Pid 1 holds sockets for others; it is named only where nobody else
// is.
//
// A search looks where new sockets are likely (join/descriptor_book.h). What it does not find there
// it leaves open; for an inode that two or three searches on end have missed every process is read
// anew, as soon as the searches since the last time have saved up for it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "join/descriptor_book.h"
#include "join/proc_reader.h"
#include "join/program_root.h"
#include "ttq/holders.h"

namespace ttq {

class SocketOwners {
 public:
  explicit SocketOwners(const ProcReader& proc, std::optional<OpenFiles> files = std::nullopt);

  /// An inode that nobody holds is `kernel`, or `no_permission` where some process could not be
  /// looked into; but only once everybody was looked at. 0 is passed over.
  Holders find(std::vector<Inode> inodes);

  /// Those sockets are no more.
  void release(std::vector<Inode> gone);

  /// Looks whether what was found still holds, a little at a time: every descriptor was looked at
  /// after so many `rounds`. Returns the sockets that are held by others than before: sorted, and
  /// most of them are simply closed.
  std::vector<Inode> recheck(std::size_t rounds);

  /// What is known of programs is read anew when it is next needed.
  void forget_programs() { roots_.forget(); }

  /// Walks over all of /proc.
  [[nodiscard]] std::uint64_t scans() const { return book_.full_reads(); }
  /// Processes that went while they were being read.
  [[nodiscard]] std::uint64_t vanished() const { return book_.vanished(); }
  /// Processes that we are not allowed to look into; those that are hidden count as one.
  [[nodiscard]] std::uint64_t denied() const { return book_.denied() + (hidden_ ? 1 : 0); }

 private:
  using Holding = DescriptorBook::Holding;
  using Holdings = std::vector<Holding>;
  Holders name_holders(const NumberSet& inodes, const Holdings& holdings, bool everywhere);
  enum class Missed { not_again, twice, thrice };
  [[nodiscard]] Missed missed_again(const NumberSet& inodes, const Holdings& holdings) const;
  [[nodiscard]] bool may_read_all(Missed missed) const;
  [[nodiscard]] std::size_t saved_by_a_search() const;
  void remember_missed(std::vector<Inode> missed);
  std::vector<Owner> programs_of(const std::vector<Pid>& pids);
  [[nodiscard]] Owner nobody(bool was_held) const;

  ProcReader proc_;
  DescriptorBook book_;
  ProgramRoots roots_;
  NumberSet missed_;        ///< by the last search, where it looked
  NumberSet missed_twice_;  ///< by the last two
  std::size_t allowance_ = 0;
  bool hidden_ = false;
};

}  // namespace ttq
