#include "join/callers.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/text.h"

namespace ttq {
namespace {

/// As /proc/PID/stat tells it: in clock ticks, rounded down (fs/proc/array.c).
std::uint64_t ticks(std::uint64_t nanoseconds) {
  static const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return nanoseconds / (1'000'000'000 / ticks_per_second);
}

/// The kernel's own number of a device; stat(2) tells it as major and minor. Where a filesystem
/// shows other numbers than it has inside (overlayfs), nothing is proven.
bool is_file(const std::filesystem::path& path, const FileMark& mark) {
  constexpr unsigned minor_bits = 20;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  const std::uint64_t device =
      (std::uint64_t{::major(status.st_dev)} << minor_bits) | ::minor(status.st_dev);
  return status.st_ino == mark.inode && device == mark.device;
}

ProcStat stat_of(const Caller& caller) {
  return {.comm = caller.name,
          .pgrp = caller.pgid,
          .start_time = ticks(caller.mark.start_time),
          .start_code = caller.start_code,
          .start_stack = caller.start_stack};
}

}  // namespace

std::vector<std::filesystem::path> Callers::usual_directories() {
  return {"/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin"};
}

Callers::Callers(const ProcReader& proc, CgroupTree cgroups,
                 std::vector<std::filesystem::path> directories)
    : proc_(proc),
      boot_id_(proc.boot_id()),
      roots_(proc, boot_id_),
      cgroups_(std::move(cgroups)),
      directories_(std::move(directories)) {}

CallerOwners Callers::name(const std::vector<Caller>& callers) {
  constexpr std::size_t most_executables = 4096;
  if (executables_.size() > most_executables) executables_.clear();
  roots_.begin_search();
  CallerOwners owners;
  for (const Caller& caller : callers) {
    const auto [owner, is_new] = owners.try_emplace(caller.mark);
    if (!is_new) continue;
    auto process = running(caller);
    owner->second = Owner::of(process ? std::move(*process) : gone(caller));
  }
  return owners;
}

/// None: it has gone, or become another by exec, or its pid was given to another.
std::optional<Process> Callers::running(const Caller& caller) {
  if (caller.mark.pid == 0) return std::nullopt;  // outside our PID namespace
  const auto root = roots_.root_of(caller.mark.pid);
  if (root != caller.mark.pid) return std::nullopt;
  auto process = roots_.describe(*root);
  if (!process || process->key.mark != process_mark(boot_id_, stat_of(caller))) {
    return std::nullopt;
  }
  if (process->exe) executables_.insert_or_assign(caller.executable, process->exe);
  return process;
}

std::optional<std::string> Callers::executable_of(const Caller& caller) {
  const bool is_name = caller.name.find('/') == std::string::npos;
  if (caller.executable.inode == 0 || !is_name) return std::nullopt;
  const auto [known, is_new] = executables_.try_emplace(caller.executable);
  for (auto at = directories_.begin(); is_new && at != directories_.end(); ++at) {
    if (!is_file(*at / caller.name, caller.executable)) continue;
    std::error_code error;
    known->second = clean(std::filesystem::canonical(*at / caller.name, error).native());
    break;
  }
  return known->second;
}

Process Callers::gone(const Caller& caller) {
  const Cgroup& cgroup = cgroups_.at(caller.cgroup);
  Process process;
  process.key = {
      .pgid = caller.pgid, .pid = caller.mark.pid, .mark = process_mark(boot_id_, stat_of(caller))};
  process.name = caller.name;
  if (caller.pgid != 0) process.pgid = caller.pgid;
  process.exe = executable_of(caller);
  process.uid = caller.uid;
  process.unit = cgroup.unit;
  process.container = cgroup.container;
  return process;
}

void Callers::forget() {
  roots_.forget();
  cgroups_.forget();
}

}  // namespace ttq
