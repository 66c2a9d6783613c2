// The parts of the benchmark. Each makes what it needs, reports its figures, and leaves nothing.
#pragma once

#include "bench/report.h"

namespace ttq::bench {

struct Plan {
  bool quick = false;
  std::vector<unsigned> counts = {};  ///< of held sockets; empty: as `quick` has it
};

// clang-format off
void paper(Report& report, const Plan& plan);  ///< a: what nginx notices of its tracer
void held(Report& report, const Plan& plan);   ///< b: connections that only stand there
void churn(Report& report, const Plan& plan);  ///< c: new ones all the time
void many(Report& report, const Plan& plan);   ///< d: many processes
void store(Report& report, const Plan& plan);  ///< e: a day and a month of flows
void walk(Report& report, const Plan& plan);   ///< f: fleets of hosts
void micro(Report& report, const Plan& plan);  ///< g: one function at a time
void events(Report& report, const Plan& plan); ///< h: counting connections as they open
// clang-format on

}  // namespace ttq::bench
