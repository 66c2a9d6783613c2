// What of the kernel a daemon can use here: the best that the configuration asks for and the kernel
// allows, and why it is no better.
#pragma once

#include <memory>
#include <string>

#include "join/callers.h"
#include "join/socket_owners.h"
#include "probe/netlink_probe.h"
#include "ttq/probe.h"
#include "ttq/result.h"
#include "ttracerd/config.h"

namespace ttq {

inline constexpr const char* proc_root = "/proc";

/// `reason`: why it is no better one.
NetlinkProbe make_netlink_probe(std::string reason = "");

/// Fault: what was asked for cannot be had.
Result<std::unique_ptr<Probe>> make_probe(const Config& config);

SocketOwners make_owners(const Config& config);

/// Those that the events of this probe speak of.
Callers make_callers(const Probe& probe);

}  // namespace ttq
