// What ttracerd does once its configuration is known.
#pragma once

#include "ttracerd/config.h"

namespace ttq {

/// Watches and answers until SIGTERM, SIGINT or SIGHUP. Returns the exit status.
int run_daemon(const Config& config);

/// Looks once and prints a FlowReport.
int run_once(const Config& config);

}  // namespace ttq
