// --once: one look, in one process.
#pragma once

#include "ttracerd/config.h"

namespace ttq {

/// Prints a FlowReport of what stands right now. Returns the exit status.
int run_once(const Config& config);

}  // namespace ttq
