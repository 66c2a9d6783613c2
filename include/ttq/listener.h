// A listener: an endpoint that accepts. TCP in LISTEN, or a UDP socket that is bound and serves.
#pragma once

#include "ttq/endpoint.h"
#include "ttq/process.h"
#include "ttq/time.h"

namespace ttq {

/// One process at one endpoint; with SO_REUSEPORT, or a shared socket, there are several.
/// The address may be a wildcard: it is the one that was bound.
struct Listener {
  Endpoint endpoint;
  NetNs netns = 0;
  Owner owner;
  bool v6only = false;
  Time first_seen;
  Time last_seen;

  bool operator==(const Listener&) const = default;
};

/// Whether a connection to `address`:`port` would reach this listener (wildcard and dual-stack
/// included).
bool accepts(const Listener& listener, const Endpoint& target);

}  // namespace ttq
