#include "probe/netlink_socket.h"

#include <sys/socket.h>
#include <sys/time.h>

namespace ttq {
namespace {

/// The kernel always answers at once; only a bug of it or of ours would leave us waiting.
constexpr timeval answer_timeout{.tv_sec = 5, .tv_usec = 0};

}  // namespace

Result<NetlinkSocket> open_netlink(int bus) {
  NetlinkSocket socket(mnl_socket_open2(bus, SOCK_CLOEXEC));
  if (!socket) return errno_fault("open a netlink socket");
  if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
    return errno_fault("bind netlink socket");
  }
  ::setsockopt(mnl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVTIMEO, &answer_timeout,
               sizeof answer_timeout);
  return socket;
}

}  // namespace ttq
