// A Netlink socket of one of the kernel's buses (netlink(7)), bound, and closed once.
#pragma once

#include <libmnl/libmnl.h>

#include <memory>

#include "ttq/result.h"

namespace ttq {

struct CloseNetlink {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using NetlinkSocket = std::unique_ptr<mnl_socket, CloseNetlink>;

/// In the network namespace of the calling thread. `bus`: NETLINK_SOCK_DIAG, NETLINK_ROUTE. Nobody
/// waits at it for more than five seconds.
Result<NetlinkSocket> open_netlink(int bus);

}  // namespace ttq
