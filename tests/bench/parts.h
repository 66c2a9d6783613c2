// The parts of the benchmark. Each makes a site of its own, and reports its figures.
#pragma once

#include "bench/report.h"

namespace ttq::bench {

struct Plan {
  bool quick = false;
  std::vector<unsigned> counts = {};  ///< of held sockets; empty: as `quick` has it
};

void held(Report& report, const Plan& plan);

}  // namespace ttq::bench
