// Ways to wherever a peer may be asked, and non-blocking connections on them.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/unique_fd.h"
#include "ttq/peer.h"
#include "walk/subprocess.h"

namespace ttq {

/// As the kernel wants it: of a TCP endpoint or a UNIX socket.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

/// How other hosts are reached; this one is by its UNIX socket.
enum class Via : std::uint8_t { tcp, ssh };

/// To be connected to, or a command to be run, whose standard streams lead there.
using Way = std::variant<SocketAddress, std::vector<std::string>>;

/// A connection, and what carries it.
struct Connection {
  UniqueFd fd;
  std::optional<Subprocess> command;

  explicit operator bool() const { return static_cast<bool>(fd); }
  /// Why it broke off before anything came, by the word of what carries it; none: nothing does.
  std::optional<PeerFailure> why_it_broke_off();
  void reset() {
    fd.reset();
    command.reset();
  }
};

/// All ways there, best first; at least one. Waits for a name to be resolved, until the deadline;
/// an address, a path or a command is there at once.
Answer<std::vector<Way>> find_ways(const PeerAddress& address, Via via, Deadline deadline);

/// One that is connecting: it becomes writable when it is decided.
Answer<Connection> begin_connecting(const Way& way);

/// What was decided. none: connected.
std::optional<PeerFailure> failure_of_connecting(int fd);

}  // namespace ttq
