// The descriptor book: which process held which socket at which descriptor when we last looked.
//
//   process 4656 | - | - | - | 0 | 81234 | 81240 | 0 | ...     one number for each descriptor
//
// To read all of /proc/*/fd costs about 4 us for each open descriptor, which for 20,000 connections
// is five times what the sockets themselves cost. So it is read once, and after that only where a
// new socket may be:
//
// - in processes that were not there before (the kernel tells the newest pid in /proc/loadavg;
//   while that stands still there are none, and /proc is not even listed);
// - at descriptors that were free, lowest first, and behind the highest one: a process gets the
//   lowest number that is free (open(2));
// - where something was met that nobody had asked for. It may have been there for that moment only,
//   too short for any look at the sockets, and its descriptor be another's by now. A socket that is
//   still there at the next search is taken to stay; a file has to be met more often, for one is
//   not told from another.
//
// What this misses (a descriptor where a file was before, a socket that another process passed on)
// is found by reading everything anew, for which searches must have missed it again and again. And
// a little of the book is compared with /proc at each look, free descriptors too, so that it cannot
// stay wrong for long.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/number_set.h"
#include "join/open_files.h"
#include "join/proc_reader.h"
#include "ttq/holders.h"

namespace ttq {

class DescriptorBook {
 public:
  /// With `files` everything is read from there, and without from /proc, to the same effect.
  explicit DescriptorBook(ProcReader proc, std::optional<OpenFiles> files = std::nullopt)
      : proc_(std::move(proc)), files_(std::move(files)) {}

  /// Who holds a socket.
  struct Holding {
    Inode inode = 0;
    Pid pid = 0;
    auto operator<=>(const Holding&) const = default;
  };

  /// Reads every process anew. Returns who holds the wanted ones: sorted, each once.
  std::vector<Holding> read_all(const NumberSet& wanted);
  /// Reads where they are said to be, and for those that are not there where new sockets would be,
  /// until they were met. Returns what read_all() would, as far as it looked.
  std::vector<Holding> search(const NumberSet& wanted);

  /// Those sockets are no more: their descriptors are free.
  void release(const NumberSet& gone);

  /// Compares a part of the book with /proc: whether so many of the processes still run, and what
  /// is at so many descriptors. Returns the sockets that are no longer held, or by others too,
  /// sorted.
  std::vector<Inode> compare(std::size_t processes, std::size_t descriptors);

  [[nodiscard]] std::size_t processes() const { return tables_.size(); }
  [[nodiscard]] std::size_t descriptors() const;  ///< open ones
  [[nodiscard]] std::uint64_t vanished() const { return vanished_; }
  /// Processes that may not be looked into.
  [[nodiscard]] std::uint64_t denied() const { return denied_; }
  [[nodiscard]] std::uint64_t full_reads() const { return full_reads_; }
  /// Whether everything is read from the kernel, at a tenth of the cost.
  [[nodiscard]] bool reads_files() const { return files_.has_value(); }

 private:
  /// The kernel numbers sockets with 32 bits (fs/inode.c, get_next_ino()).
  using Slot = std::uint32_t;
  static constexpr Slot free_slot = 0;
  static constexpr Slot other_file =
      1;  ///< also for a socket with this number: nobody is asked for it

  struct Table {
    std::vector<Slot> slots;  ///< by descriptor
    /// Descriptors where what was met may not stay, and how often it must be met again.
    std::map<std::size_t, unsigned> fleeting;
    std::size_t sockets = 0;    ///< in `slots`
    std::size_t open = 0;       ///< in `slots`: sockets and others
    std::uint64_t program = 0;  ///< another after an exec; 0: not known
    std::size_t turnover = 0;   ///< sockets that went since its free slots were read
    bool denied = false;
    std::uint64_t useful = 0;  ///< the last search that met a wanted socket in it
  };
  using Tables = std::map<Pid, Table>;

  /// What search() looks for, and what it has found.
  struct Search {
    const NumberSet& wanted;
    NumberSet missing;  ///< where they are said to be
    std::vector<Holding> held;
    std::unordered_set<Inode> met;  ///< of the missing ones
    std::size_t patience = 0;       ///< reads that may find nothing where something was closed
    [[nodiscard]] bool is_over() const { return met.size() == missing.size(); }
  };

  static Slot slot_for(Inode inode);
  static bool is_socket(Slot slot) { return slot != free_slot && slot != other_file; }
  std::vector<Pid> list_processes();
  bool read_files();
  void read_process(Pid pid, Table& table);
  void note_access(Table& table, Access access);
  void renew(Pid pid, Table& table, std::vector<Slot> slots);
  static Slot slot_at(const std::vector<Slot>& slots, std::size_t descriptor);
  static Slot set(std::vector<Slot>& slots, std::size_t descriptor, Slot slot);
  void put(Table& table, std::size_t descriptor, Slot slot);
  void note_newcomer(Table& table, std::size_t descriptor, unsigned doubts_of_a_file);
  Slot read_slot(Pid pid, std::size_t descriptor) const;
  void read_newcomers();
  std::vector<Holding> read_known(const NumberSet& wanted);
  void read_likely(Search& search);
  void read_wanted(Pid pid, Table& table, std::size_t descriptor, Search& search);
  void read_fleeting(Pid pid, Table& table, Search& search);
  void read_free_slots(Pid pid, Table& table, Search& search);
  Slot reread(Pid pid, Table& table, std::size_t descriptor, const NumberSet& wanted);
  Tables::iterator forget(Tables::iterator table);
  void note_sockets(const Table& table);
  void check_processes(std::size_t count);
  void compare_slots(std::size_t budget);
  static std::size_t after(const Table& table, std::size_t descriptor);
  void compare_program(Pid pid, Table& table);
  void compare_count(Pid pid, Table& table);
  bool compare_slot(Pid pid, Table& table, std::size_t descriptor);

  ProcReader proc_;
  std::optional<OpenFiles> files_;
  Tables tables_;
  std::optional<std::uint64_t> newest_pid_;
  std::vector<Inode> moved_;  ///< since compare() was last called
  std::uint64_t searches_ = 0;
  std::uint64_t vanished_ = 0;
  std::uint64_t denied_ = 0;
  std::uint64_t full_reads_ = 0;

  // compare() goes round.
  Pid last_checked_ = 0;
  Pid compared_pid_ = 0;
  std::size_t next_slot_ = 0;
};

}  // namespace ttq
