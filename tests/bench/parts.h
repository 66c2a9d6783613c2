// The parts of the benchmark. Each makes a site of its own, and reports its figures.
#pragma once

#include "bench/report.h"

namespace ttq::bench {

struct Plan {
  bool quick = false;
  std::vector<unsigned> counts = {};  ///< of held sockets; empty: as `quick` has it
};

void paper(Report& report, const Plan& plan);  ///< a
void held(Report& report, const Plan& plan);   ///< b
void churn(Report& report, const Plan& plan);  ///< c
void many(Report& report, const Plan& plan);   ///< d

}  // namespace ttq::bench
