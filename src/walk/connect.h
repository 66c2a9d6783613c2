// Ways to wherever a peer may be asked, and non-blocking sockets on them.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <vector>

#include "base/unique_fd.h"
#include "ttq/peer.h"

namespace ttq {

/// As the kernel wants it: of a TCP endpoint or a UNIX socket.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

/// All ways there, best first; at least one. Waits for a name to be resolved, until the deadline;
/// an address or a path is there at once.
Answer<std::vector<SocketAddress>> find_ways(const PeerAddress& address, Deadline deadline);

/// A socket that is connecting: it becomes writable when it is decided.
Answer<UniqueFd> begin_connecting(const SocketAddress& address);

/// What was decided. none: connected.
std::optional<PeerFailure> failure_of_connecting(int fd);

}  // namespace ttq
