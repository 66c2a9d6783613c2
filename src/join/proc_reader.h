// /proc of one machine, under a given root, so that tests can lay one out as files.
//
// Every answer may be missing because the process has gone meanwhile: that is the normal life of a
// scanner (traps 7, 15), so absence is a value here and never an error. Formats: proc(5).
//
//   stat   = pid " (" comm ") " state ppid pgrp ...
//            comm may hold anything, ')' and ' ' included: fields are counted from the *last* ')'
//   cgroup = one line "hierarchy:controllers:path" each; the path names the unit and the container
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ttq/holders.h"

namespace ttq {

using Pid = std::int32_t;

struct ProcStat {
  std::string comm;  ///< of the thread-group leader, as it is: bytes of a stranger
  Pid ppid = 0;
  Pid pgrp = 0;
  std::uint64_t start_time = 0;   ///< clock ticks since boot
  std::uint64_t start_code = 0;   ///< these two are drawn anew by each exec and kept by fork;
  std::uint64_t start_stack = 0;  ///< 1 and 0 where we may not know (PTRACE_MODE_READ)

  bool operator==(const ProcStat&) const = default;
};

std::optional<ProcStat> parse_stat(std::string_view text);

struct Cgroup {
  std::optional<std::string> unit;       ///< the innermost *.service or *.scope
  std::optional<std::string> container;  ///< 64 hex digits, as Docker, Podman and CRI name them

  bool operator==(const Cgroup&) const = default;
};

Cgroup parse_cgroup(std::string_view text);

/// The effective user in what /proc/PID/status says.
std::optional<std::uint32_t> parse_effective_uid(std::string_view text);

/// Whether a process let us look at its descriptors.
enum class Access { granted, denied, gone };

/// A descriptor, and the inode of the socket behind it; 0: it is no socket.
using DescriptorVisitor = std::function<void(std::size_t descriptor, Inode inode)>;

class ProcReader {
 public:
  explicit ProcReader(std::filesystem::path root) : root_(std::move(root)) {}

  [[nodiscard]] std::vector<Pid> pids() const;

  [[nodiscard]] bool runs(Pid pid) const;  ///< or has ended and was not waited for
  /// The last number that was given to a process or thread; none: not told.
  [[nodiscard]] std::optional<std::uint64_t> newest_pid() const;

  /// Whether those are all processes of the machine: not so under hidepid (proc(5)), nor in a pid
  /// namespace of our own.
  [[nodiscard]] bool shows_every_process() const;
  [[nodiscard]] std::optional<ProcStat> stat(Pid pid) const;

  /// Every open descriptor of a process.
  Access each_descriptor(Pid pid, const DescriptorVisitor& visit) const;
  /// Whether we may not look there.
  [[nodiscard]] bool denies(Pid pid, std::size_t descriptor) const;
  /// How many it has; none: it has gone, or we may not look.
  [[nodiscard]] std::optional<std::size_t> count_descriptors(Pid pid) const;
  /// What is at one descriptor; none: it is not open, or we may not look.
  [[nodiscard]] std::optional<Inode> socket_at(Pid pid, std::size_t descriptor) const;

  [[nodiscard]] Cgroup cgroup(Pid pid) const;

  /// Path of the executable, without the kernel's " (deleted)". None for kernel threads, and where
  /// we may not look.
  [[nodiscard]] std::optional<std::string> exe(Pid pid) const;
  [[nodiscard]] std::optional<std::uint32_t> effective_uid(Pid pid) const;

  /// Random for each boot; empty where there is none.
  [[nodiscard]] std::string boot_id() const;

 private:
  /// Made without allocating: it is asked for thousands of times in a row.
  using Path = std::array<char, 512>;
  [[nodiscard]] Path of(Pid pid, const char* file) const;
  [[nodiscard]] Path of(Pid pid, std::size_t descriptor) const;

  std::filesystem::path root_;
};

}  // namespace ttq
