#include "join/program_root.h"

#include "base/text.h"

namespace ttq {
namespace {

/// Where we may not know, the kernel says 1 and 0 (fs/proc/array.c), which would look alike
/// everywhere.
bool is_known(const ProcStat& stat) { return stat.start_code > 1 && stat.start_stack != 0; }

}  // namespace

std::uint64_t process_mark(const std::string& boot_id, const ProcStat& stat) {
  const std::string program =
      std::to_string(stat.start_code) + " " + std::to_string(stat.start_stack);
  return fnv1a(program, fnv1a(std::to_string(stat.start_time) + " ", fnv1a(boot_id)));
}

std::optional<ProgramRoots::Program>& ProgramRoots::read(Pid pid) {
  Entry& entry = programs_[pid];
  if (entry.search == search_) return entry.program;
  entry.search = search_;
  auto stat = proc_.stat(pid);
  if (!stat) {
    entry.program.reset();
  } else if (!entry.program || entry.program->stat != *stat) {
    entry.program = Program{std::move(*stat), proc_.exe(pid), std::nullopt};
  }
  return entry.program;
}

std::optional<Pid> ProgramRoots::root_of(Pid pid) {
  if (!read(pid)) return std::nullopt;
  for (;;) {
    const auto& child = read(pid);
    const Pid parent_pid = child->stat.ppid;
    if (parent_pid <= 1 || !child->exe || !is_known(child->stat)) return pid;
    const auto& parent = read(parent_pid);
    const bool forked = parent && parent->exe == child->exe &&
                        parent->stat.start_code == child->stat.start_code &&
                        parent->stat.start_stack == child->stat.start_stack &&
                        // A pid that was reused while we read would make a parent younger than its
                        // child, or a circle.
                        parent->stat.start_time <= child->stat.start_time && parent_pid != pid;
    if (!forked) return pid;
    pid = parent_pid;
  }
}

std::optional<Process> ProgramRoots::describe(Pid root) {
  auto& program = read(root);
  if (!program) return std::nullopt;
  if (!program->description) program->description = description_of(root, *program);
  return program->description;
}

Process ProgramRoots::description_of(Pid root, const Program& program) const {
  Cgroup cgroup = proc_.cgroup(root);
  Process process;
  process.key = {
      .pgid = program.stat.pgrp, .pid = root, .mark = process_mark(boot_id_, program.stat)};
  process.name = clean(program.stat.comm);
  if (program.stat.pgrp != 0) process.pgid = program.stat.pgrp;
  if (program.exe) process.exe = clean(*program.exe);
  process.uid = proc_.effective_uid(root);
  process.unit = std::move(cgroup.unit);
  process.container = std::move(cgroup.container);
  return process;
}

}  // namespace ttq
