// What is said when the daemon cannot start, or go on: one line, and what to do.
#pragma once

#include <string_view>

#include "ttq/result.h"

namespace ttq {

/// With what to do about it; a user who is not root most likely lacks the right.
Fault advise(const Fault& fault, std::string_view way_out);

/// Logs it. Returns the exit status.
int refuse(const Fault& fault);

}  // namespace ttq
