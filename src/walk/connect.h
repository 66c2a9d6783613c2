// A connected socket to wherever a peer may be asked, within a deadline.
#pragma once

#include <sys/socket.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/unique_fd.h"
#include "ttq/peer.h"

namespace ttq {

/// As the kernel wants it: of a TCP endpoint or a UNIX socket.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

/// A non-blocking, connected socket; or why there is none.
Answer<UniqueFd> connect_by(const SocketAddress& address, Deadline deadline);

/// Waits until `events` (poll(2)) may come about. false: the deadline passed.
bool wait_for(int fd, short events, Deadline deadline);

/// Connects by address or name. A name is resolved once, and stays with the address that answered:
/// a name of several hosts must not give one host's name and another's flows.
class Connector {
 public:
  Answer<UniqueFd> connect(const PeerAddress& address, Deadline deadline);

 private:
  Answer<std::vector<SocketAddress>> find(const PeerAddress& address, Deadline deadline);

  std::mutex mutex_;
  std::map<PeerAddress, SocketAddress> answered_;
};

}  // namespace ttq
