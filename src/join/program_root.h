// From the owner of a socket to its program: the process that the graph shows.
//
// A fork is the same program, an exec is a new one. So the climb goes from child to parent as long
// as both have the same executable and the same start_code and start_stack: both are drawn at
// random by each exec (address space randomisation) and copied by fork. "Same executable" alone
// would make supervisord and the Python programs it starts one; process groups alone would make
// every backend of PostgreSQL, which calls setsid(), a program of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "join/proc_reader.h"
#include "ttq/process.h"

namespace ttq {

class ProgramRoots {
 public:
  ProgramRoots(ProcReader proc, std::string boot_id)
      : proc_(std::move(proc)), boot_id_(std::move(boot_id)) {}

  /// From here on each process is read once more. What was found out about it is kept as long as
  /// its stat stays the same.
  void begin_search() { ++search_; }
  /// What stat does not show may have changed: uid, unit.
  void forget() { programs_.clear(); }

  /// The root of `pid`'s program, never pid 1 unless `pid` is 1; none if `pid` has gone.
  std::optional<Pid> root_of(Pid pid);

  /// What is known of that root; none if it has gone.
  std::optional<Process> describe(Pid root);

 private:
  struct Program {
    ProcStat stat;
    std::optional<std::string> exe;
    std::optional<Process> description;
  };
  struct Entry {
    std::uint64_t search = 0;
    std::optional<Program> program;  ///< none: it has gone
  };
  std::optional<Program>& read(Pid pid);
  [[nodiscard]] Process description_of(Pid root, const Program& program) const;

  ProcReader proc_;
  std::string boot_id_;
  std::uint64_t search_ = 0;
  std::unordered_map<Pid, Entry> programs_;
};

/// Tells a process from a later one with the same pid, from those of other boots, and from what it
/// was before an exec.
std::uint64_t process_mark(const std::string& boot_id, const ProcStat& stat);

}  // namespace ttq
