// ssh as a way to a daemon: no port, no certificate, the user's own keys, ssh_config and bastions.
//
// The command on the other side speaks to that host's UNIX socket (ttq stdio), so the same HTTP
// goes over its standard streams. Who the host is, ssh finds out (known_hosts); it asks nothing,
// since nobody is there to answer, and lends nobody our keys.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ttq/peer.h"

namespace ttq {

/// What is run to reach a host. A name cannot be taken for an option.
std::vector<std::string> ssh_command(const std::string& host);

/// What came of it, by how it ended and what it said last. ssh ends with 255 for faults of its own,
/// and else as the command did (ssh(1)).
PeerFailure failure_of_ssh(std::optional<int> status, const std::string& complaint);

}  // namespace ttq
