// The daemon and the floor, measured side by side.
//
// The daemon ticks all the time, as it would. The floor ticks at the same pace, half an interval
// later, on the same sockets: so both meet the same machine, in the same seconds, and neither is in
// the other's way.
#pragma once

#include <string>
#include <vector>

#include "bench/report.h"
#include "bench/watcher.h"

namespace ttq::bench {

/// So many ticks at the defaults' pace have one flush among them; when time is short, most have.
constexpr unsigned ticks_of_a_sample(bool quick) { return quick ? 3 : 5; }

/// Milliseconds per tick; each sample is the mean of its ticks.
struct TickSamples {
  std::vector<double> daemon;
  std::vector<double> floor;
  std::vector<double> ratio;
  std::vector<double> share;  ///< of a core, in per cent
  /// What the daemon says of its own time, waiting included.
  std::vector<double> snapshot;
  std::vector<double> join;
  std::vector<double> fold;
  double sockets = 0;  ///< that both saw, at least, at the last sample
};

/// One sample more.
void sample_beside(Site& site, const Watcher& daemon, TickSamples& samples, unsigned ticks);

/// The figures "AT: ttracerd, CPU per tick", and so on. `limit` is that of the ratio.
void report_ticks(Report& report, const std::string& bench, const std::string& at,
                  const TickSamples& samples, std::optional<double> limit = {});

inline double milliseconds_of(Nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// 20000 as "20,000".
std::string thousands(unsigned count);

}  // namespace ttq::bench
