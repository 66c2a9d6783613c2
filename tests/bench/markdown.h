// BENCHMARKS.md: what was measured, on what, how to repeat it, and what people made of it.
#pragma once

#include <string>

#include "bench/machine.h"
#include "bench/report.h"

namespace ttq::bench {

/// `heading` says how it was run and how long it took, `facts` on what; `notes` is the hand-written
/// part, as it is.
std::string print_markdown(const Report& report, const std::string& heading, const Facts& facts,
                           const std::string& notes);

}  // namespace ttq::bench
