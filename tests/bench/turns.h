// Tracers that take turns beside one load.
//
// They do so in rounds, in random order within a round, on the same server and for a load that
// stays over the same connections; so a machine that drifts does so for all of them. Differences
// are taken within rounds.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/report.h"
#include "bench/tracers.h"
#include "bench/web.h"

namespace ttq::bench {

/// What the load saw beside one tracer, round by round.
struct Seen {
  std::vector<Answers> answers;
  std::vector<double> cpu;  ///< of the tracer, % of a core

  [[nodiscard]] std::vector<double> all(double Answers::*figure) const;
};
/// In the order in which they are told.
using SeenByTracer = std::vector<std::pair<std::string, Seen>>;

/// Returns what it saw, if it saw anything.
using Load = std::function<std::optional<Answers>()>;

/// `pairs` turns of the first tracers, and in the first `rounds` of them also of the others.
struct Turns {
  unsigned pairs = 0;
  unsigned rounds = 0;
};
SeenByTracer take_turns(const Tracers& pair, const Tracers& others, const Turns& turns,
                        const Load& load);

struct Column {
  const char* name;
  const char* unit;
  double Answers::*figure;
};
inline constexpr Column throughput{"requests", "1/s", &Answers::per_second};
inline constexpr Column average{"mean", "us", &Answers::mean};
inline constexpr Column half{"p50", "us", &Answers::p50};
inline constexpr Column tail{"p99", "us", &Answers::p99};

/// The figures "LOAD, TRACER: requests", and so on; of CPU where the tracer has processes.
void report_seen(Report& report, const std::string& bench, const std::string& load,
                 const SeenByTracer& seen, const std::vector<Column>& columns);

/// Of one tracer from another in the same round, in per cent of the other.
std::vector<double> differences(const Seen& with, const Seen& without, const Column& column);

}  // namespace ttq::bench
