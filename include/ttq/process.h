// The process: the node of the graph. A program on a host, known by its process group.
//
// The owner of a socket is climbed to its *program root*: from child to parent for as long as the
// child was forked and not exec'ed. So a pre-forking server is one process, PostgreSQL's backends
// are their postmaster, and two programs started by one supervisor are two.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ttq {

/// What tells one process from another, on one host, across reuse of pids and reboots.
struct ProcessKey {
  std::int32_t pgid = 0;   ///< of the program root; 0: unknown, or several folded into one
  std::int32_t pid = 0;    ///< the program root; 0: unknown or folded
  std::uint64_t mark = 0;  ///< known: hash of boot id, start time and exec. folded: hash of name,
                           ///< unit and executable. unknown: the UnknownOwner
  auto operator<=>(const ProcessKey&) const = default;
};

/// All strings were cleaned at capture: valid UTF-8 without control characters (base/text.h).
struct Process {
  ProcessKey key;
  std::string name;                      ///< comm of the root's thread-group leader
  std::optional<std::int32_t> pgid;      ///< none: several groups folded into one, or a leader
                                         ///< outside our pid namespace, where the kernel says 0
  std::uint32_t groups = 1;              ///< process groups folded into this one
  std::optional<std::string> exe;        ///< path of the executable; none: not readable
  std::optional<std::uint32_t> uid;      ///< effective uid of the root
  std::optional<std::string> unit;       ///< systemd unit
  std::optional<std::string> container;  ///< container id, 64 hex digits as a rule

  bool operator==(const Process&) const = default;
};

/// Why nobody can be named. Numbers are on disk.
enum class UnknownOwner : std::uint8_t {
  time_wait = 1,     ///< seen only in TIME_WAIT, which has no owner
  not_accepted = 2,  ///< no process has accepted it yet, and its listener has no known owner either
  no_permission = 3,  ///< some process holds it, and this daemon may not look
  exited = 4,         ///< the owner had closed it or gone before it could be read
  kernel = 5,         ///< every process was looked at and none holds it
};

std::string_view print_unknown_owner(UnknownOwner reason);
std::optional<UnknownOwner> parse_unknown_owner(std::string_view text);

/// Who holds a socket: a process, or the reason why it is not known. Exactly one of the two.
struct Owner {
  std::optional<Process> process;
  std::optional<UnknownOwner> unknown;

  static Owner of(Process process) { return {std::move(process), std::nullopt}; }
  static Owner nobody(UnknownOwner reason) { return {std::nullopt, reason}; }
  [[nodiscard]] ProcessKey key() const;
  bool operator==(const Owner&) const = default;
};

}  // namespace ttq
