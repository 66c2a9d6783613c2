// ttq stdio: this host's end of `ttq --via ssh`.
#pragma once

#include <string>

#include "ttq/result.h"

namespace ttq {

struct Carriage {
  std::string socket;  ///< path of the daemon's
};

/// Carries standard input to that socket, and what comes from there to standard
/// output, until the other side has said all. Who may do so, the socket's mode says. A Fault is one
/// line for standard error.
Result<void> carry(const Carriage& carriage);

}  // namespace ttq
