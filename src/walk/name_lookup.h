// A name that is being resolved. getaddrinfo(3) knows no deadline and cannot be broken off, so it
// has a thread of its own to be late in: who waits for a name keeps nobody else waiting.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <future>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "ttq/peer.h"

namespace ttq {

/// As the kernel wants it: of a TCP endpoint or a UNIX socket.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

using SocketAddresses = Answer<std::vector<SocketAddress>>;

/// Of a numeric address with a scope, say; at once.
SocketAddresses read_numeric(const std::string& host, std::uint16_t port);

class NameLookup {
 public:
  static Answer<NameLookup> start(const std::string& host, std::uint16_t port);

  /// Readable once it is done.
  [[nodiscard]] int fd() const { return done_.get(); }
  /// REQUIRES: it is done.
  SocketAddresses take() { return found_.get(); }

 private:
  NameLookup(UniqueFd done, std::future<SocketAddresses> found)
      : done_(std::move(done)), found_(std::move(found)) {}

  UniqueFd done_;  ///< of a pipe whose other end the thread closes
  std::future<SocketAddresses> found_;
};

}  // namespace ttq
