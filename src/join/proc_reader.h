// /proc of one machine, under a given root, so that tests can lay one out as files.
//
// Every answer may be missing because the process has gone meanwhile: that is the normal life of a
// scanner (traps 7, 15), so absence is a value here and never an error. Formats: proc(5).
//
//   stat   = pid " (" comm ") " state ppid pgrp ...   comm may hold anything, ')' and ' ' included,
//   so
//            the fields are counted from the *last* ')'
//   cgroup = one line "hierarchy:controllers:path" each; the path names the unit and the container
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ttq {

using Pid = std::int32_t;

struct ProcStat {
  std::string comm;  ///< of the thread-group leader, as it is: bytes of a stranger
  Pid ppid = 0;
  Pid pgrp = 0;
  std::uint64_t start_time = 0;   ///< clock ticks since boot
  std::uint64_t start_code = 0;   ///< these two are drawn anew by each exec and kept by fork;
  std::uint64_t start_stack = 0;  ///< 1 and 0 where we may not know (PTRACE_MODE_READ)
};

std::optional<ProcStat> parse_stat(std::string_view text);

struct Cgroup {
  std::optional<std::string> unit;       ///< the innermost *.service or *.scope
  std::optional<std::string> container;  ///< 64 hex digits, as Docker, Podman and CRI name them

  bool operator==(const Cgroup&) const = default;
};

Cgroup parse_cgroup(std::string_view text);

/// The inodes of the sockets that a process holds.
struct HeldSockets {
  enum class Access { granted, denied, gone };
  Access access = Access::granted;
  std::vector<std::uint64_t> inodes;
};

class ProcReader {
 public:
  explicit ProcReader(std::filesystem::path root) : root_(std::move(root)) {}

  [[nodiscard]] std::vector<Pid> pids() const;

  /// Whether those are all processes of the machine: not so under hidepid (proc(5)), nor in a pid
  /// namespace of our own.
  [[nodiscard]] bool shows_every_process() const;
  [[nodiscard]] std::optional<ProcStat> stat(Pid pid) const;
  [[nodiscard]] HeldSockets sockets(Pid pid) const;
  [[nodiscard]] Cgroup cgroup(Pid pid) const;

  /// Path of the executable, without the kernel's " (deleted)". None for kernel threads, and where
  /// we may not look.
  [[nodiscard]] std::optional<std::string> exe(Pid pid) const;
  [[nodiscard]] std::optional<std::uint32_t> effective_uid(Pid pid) const;

  /// Random for each boot; empty where there is none.
  [[nodiscard]] std::string boot_id() const;

 private:
  [[nodiscard]] std::filesystem::path of(Pid pid, const char* file) const;

  std::filesystem::path root_;
};

}  // namespace ttq
