// What ttracerd does once its configuration is known.
//
// It is two processes. The collector, which is the one that was started, has the rights that its
// probe needs, and reads nothing from the network. The server (server.h) has the store and the
// network, and no rights. What is seen goes from the one to the other (relay/records.h), and
// nothing comes back. A server that ends is replaced, and told all of the open window again; where
// the collector ends, the server writes what it was told, and ends.
#pragma once

#include "ttracerd/config.h"

namespace ttq {

/// Watches and answers until SIGTERM, SIGINT or SIGHUP. Returns the exit status.
int run_daemon(const Config& config);

}  // namespace ttq
