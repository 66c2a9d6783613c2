// The hosts of a walk that answered, as a list of targets for Prometheus (http_sd, file_sd) and for
// peers.d of ttq itself, which refuses nothing of it. For `ttq hosts -o http_sd`.
#pragma once

#include <cstdint>
#include <string>

#include "ttq/graph.h"

namespace ttq {

/// An entry for each host, in the order of their names. Its target is where it was asked; of one
/// that was asked through its own door (a UNIX socket, loopback), its name, which is all that
/// others can use; if that is no name of a host to others ("localhost", say), one of its addresses,
/// and without any it has no entry. `peer_port`: where daemons listen that were asked without a
/// port.
///
/// Addresses that several hosts say they have (of bridges, say) lead to none of them, and are left
/// out, as are those that mean another host to each.
std::string render_http_sd(const Graph& graph, std::uint16_t peer_port);

}  // namespace ttq
