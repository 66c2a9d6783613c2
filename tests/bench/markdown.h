// BENCHMARKS.md: what was measured, on what, how to repeat it, and what people made of it.
#pragma once

#include <string>

#include "bench/report.h"

namespace ttq::bench {

/// `notes` is the hand-written part, as it is. `heading` says how it was run and how long it took.
std::string print_markdown(const Report& report, const std::string& heading,
                           const std::string& notes);

}  // namespace ttq::bench
