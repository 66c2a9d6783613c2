// From the owner of a socket to its program: the process that the graph shows.
//
// A fork is the same program, an exec is a new one. So the climb goes from child to parent as long
// as both have the same executable and the same start_code and start_stack: both are drawn at
// random by each exec (address space randomisation) and copied by fork. "Same executable" alone
// would make supervisord and the Python programs it starts one; process groups alone would make
// every backend of PostgreSQL, which calls setsid(), a program of its own.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "join/proc_reader.h"
#include "ttq/process.h"

namespace ttq {

class ProgramRoots {
 public:
  /// Reads each process at most once: make a new one for each scan.
  ProgramRoots(const ProcReader& proc, std::string boot_id)
      : proc_(proc), boot_id_(std::move(boot_id)) {}

  /// The root of `pid`'s program, never pid 1 unless `pid` is 1; none if `pid` has gone.
  std::optional<Pid> root_of(Pid pid);

  /// What is known of that root; none if it has gone.
  std::optional<Process> describe(Pid root);

 private:
  struct Program {
    ProcStat stat;
    std::optional<std::string> exe;
  };
  const std::optional<Program>& read(Pid pid);

  const ProcReader& proc_;
  std::string boot_id_;
  std::unordered_map<Pid, std::optional<Program>> read_;
  std::unordered_map<Pid, std::optional<Process>> described_;
};

/// Tells a process from a later one with the same pid, and from those of other boots.
std::uint64_t process_mark(const std::string& boot_id, std::uint64_t start_time);

}  // namespace ttq
