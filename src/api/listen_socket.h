// A socket that listens, TCP or UNIX.
//
// A UNIX socket is a file that outlives a daemon that was killed, so one on which nobody answers is
// removed before, and ours is removed when it closes. It has mode 0660, and never a wider one: on
// Linux the file is made with the mode of the socket itself (unix_bind() in net/unix/af_unix.c).
#pragma once

#include <sys/types.h>

#include <vector>

#include "api/listen_address.h"
#include "base/unique_fd.h"
#include "ttq/result.h"

namespace ttq {

class ListenSocket {
 public:
  /// The IPv6 wildcard takes IPv4 clients too, unless `ipv6_only`.
  static Result<ListenSocket> open(const ListenAddress& address, bool ipv6_only = false);

  /// All of these, or none.
  static Result<std::vector<ListenSocket>> open_all(const std::vector<ListenAddress>& addresses);

  ListenSocket(ListenSocket&&) noexcept = default;
  ListenSocket& operator=(ListenSocket&&) = delete;
  ListenSocket(const ListenSocket&) = delete;
  ListenSocket& operator=(const ListenSocket&) = delete;
  ~ListenSocket();

  /// Lets that group ask through a UNIX socket; of a TCP socket there is nothing to let.
  [[nodiscard]] Result<void> let_in(gid_t group) const;

  [[nodiscard]] int fd() const { return fd_.get(); }

  /// With the port that the kernel chose, where it was asked to.
  [[nodiscard]] const ListenAddress& address() const { return address_; }

  /// The next connection, not blocking. None: errno says why.
  [[nodiscard]] UniqueFd accept() const;

 private:
  ListenSocket(UniqueFd fd, ListenAddress address)
      : fd_(std::move(fd)), address_(std::move(address)) {}
  static Result<ListenSocket> open_unix(const ListenAddress& address);
  static Result<ListenSocket> open_tcp(const ListenAddress& address, bool ipv6_only);

  UniqueFd fd_;
  ListenAddress address_;
  ino_t file_ = 0;  ///< of a UNIX socket, as we made it
};

}  // namespace ttq
