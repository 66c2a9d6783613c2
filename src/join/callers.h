// Who asked for a connection: from what the kernel noted when it happened to the process that the
// graph shows. A program that still runs is described by /proc, like every other; one that has gone
// by what was noted, under the same key.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "join/cgroup_tree.h"
#include "join/proc_reader.h"
#include "join/program_root.h"
#include "ttq/flow_events.h"

namespace ttq {

class Callers {
 public:
  explicit Callers(const ProcReader& proc, CgroupTree cgroups = {},
                   std::vector<std::filesystem::path> directories = usual_directories());

  /// Where distributions keep their programs.
  static std::vector<std::filesystem::path> usual_directories();

  /// Of a program that has gone the executable is known if one was met that ran of the same file,
  /// or if that file lies under its name in one of `directories`; and the unit for as long as its
  /// cgroup is there.
  CallerOwners name(const std::vector<Caller>& callers);

  /// What is known of programs and cgroups is read anew when it is next needed.
  void forget();

 private:
  std::optional<std::string> executable_of(const Caller& caller);
  std::optional<Process> running(const Caller& caller);
  Process gone(const Caller& caller);

  ProcReader proc_;
  std::string boot_id_;
  ProgramRoots roots_;
  CgroupTree cgroups_;
  std::vector<std::filesystem::path> directories_;
  std::map<FileMark, std::optional<std::string>> executables_;  ///< none: looked for in vain
};

}  // namespace ttq
