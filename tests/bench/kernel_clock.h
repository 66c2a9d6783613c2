// What a program in the kernel costs, by the kernel's own statistics: how often each BPF program
// ran, and for how long (BPF_ENABLE_STATS, Linux 5.8). They are read from /proc/PID/fdinfo of
// whoever holds the program, where the link to a tracepoint tells which program is attached to it.
//
// While they are on, each run is between two readings of the clock, and about one of them is in the
// sum. What that is, a program that does nothing shows, at the same tracepoint and in the same
// seconds. The call of the tracepoint itself is in neither sum: some ten nanoseconds each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "bench/program_clock.h"

namespace ttq::bench {

/// Of one program, since it was loaded; while nobody wants statistics nothing is added.
struct Runs {
  double count = 0;
  Nanoseconds time{0};

  Runs operator-(const Runs& before) const { return {count - before.count, time - before.time}; }
  /// Nanoseconds of one. REQUIRES: it ran.
  [[nodiscard]] double each() const { return static_cast<double>(time.count()) / count; }
};

/// Of the program that this process has attached to the tracepoint. None: it has none.
std::optional<Runs> runs_of(pid_t pid, const std::string& tracepoint);

/// While it lives the kernel counts, and a program that does nothing runs at the tracepoint.
class KernelClock {
 public:
  explicit KernelClock(const std::string& tracepoint);

  /// Of the program that does nothing.
  [[nodiscard]] Runs empty() const;

 private:
  std::string tracepoint_;
  UniqueFd statistics_;
  UniqueFd program_;
  UniqueFd link_;
};

}  // namespace ttq::bench
