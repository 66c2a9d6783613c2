// The address that the kernel would send from, by its routing table (rtnetlink(7), RTM_GETROUTE). A
// socket that is bound to no address has none of its own to tell.
#pragma once

#include <libmnl/libmnl.h>

#include <map>
#include <memory>
#include <optional>

#include "ttq/address.h"
#include "ttq/result.h"

namespace ttq {

class RouteSource {
 public:
  static Result<RouteSource> open();

  /// None: there is no route.
  std::optional<Address> towards(const Address& destination);

  /// Routes change.
  void forget() { known_.clear(); }

 private:
  struct Close {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };
  explicit RouteSource(mnl_socket* socket) : socket_(socket) {}
  std::optional<Address> ask(const Address& destination);

  std::unique_ptr<mnl_socket, Close> socket_;
  unsigned sequence_ = 0;
  std::map<Address, std::optional<Address>> known_;
};

}  // namespace ttq
