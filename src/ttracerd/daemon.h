// What ttracerd does once its configuration is known.
//
// It is two processes. The collector, which is the one that was started, has the rights that its
// probe needs, and reads nothing from the network. The server (server.h) has the store and the
// network, and no rights. What is seen goes from the one to the other (relay/records.h), and
// nothing comes back. A server that ends is replaced, and told all of the open window again; where
// the collector ends, the server writes what it was told, and ends.
//
// SIGHUP lets it read its configuration again (reload.h): the collector takes its part over, and
// the server is replaced by one that has the rest. If that one cannot start, or takes too long to,
// it is replaced in turn by one that has what was there before. Nobody answers while the one has
// ended and the other is not ready; what is seen meanwhile is told later.
#pragma once

#include "ttracerd/options.h"
#include "ttracerd/signals.h"

namespace ttq {

/// Watches and answers until SIGTERM or SIGINT, or until the terminal is gone to which it logs.
/// Returns the exit status. REQUIRES: `signals` are blocked.
int run_daemon(const Options& options, const Signals& signals);

}  // namespace ttq
