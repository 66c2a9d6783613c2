// The address that the kernel would send from, by its routing table (rtnetlink(7), RTM_GETROUTE). A
// socket that is bound to no address has none of its own to tell.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "probe/netlink_socket.h"
#include "ttq/address.h"
#include "ttq/result.h"

namespace ttq {

/// What the answer to the question of that number tells; none: it is no route, or another's.
/// REQUIRES: it is aligned as a nlmsghdr is.
std::optional<Address> source_in_answer(std::span<const std::byte> datagram, unsigned sequence);

class RouteSource {
 public:
  static Result<RouteSource> open();

  /// None: there is no route; or any device may lead there (a group, or an address that is valid on
  /// its link alone), so that not the route decides, but the socket.
  std::optional<Address> towards(const Address& destination);

  /// Routes change.
  void forget() { known_.clear(); }

 private:
  explicit RouteSource(NetlinkSocket socket) : socket_(std::move(socket)) {}
  std::optional<Address> ask(const Address& destination);

  NetlinkSocket socket_;
  unsigned sequence_ = 0;
  std::map<Address, std::optional<Address>> known_;
};

}  // namespace ttq
