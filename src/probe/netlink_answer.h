// What the kernel answers on a NETLINK_SOCK_DIAG socket, taken apart message by message
// (netlink(7)). Pure: no descriptor is read here.
//
// Messages are walked by hand, because a dump can fail after it began, and says so with an errno
// inside NLMSG_DONE only, which libmnl's callbacks skip. Nor is libmnl asked whether a message is
// whole: mnl_nlmsg_ok() takes a length over 2 GiB for a negative one, which fits anywhere.
#pragma once

#include <libmnl/libmnl.h>

#include <cstddef>
#include <functional>
#include <span>

namespace ttq {

/// The message that the bytes begin with; null: it is not whole. REQUIRES: they are aligned as it
/// is.
const nlmsghdr* first_message(std::span<const std::byte> bytes);

/// Takes the payload of one row's message.
using RowVisitor = std::function<void(std::span<const std::byte>)>;

enum class Dump : bool { inconsistent, consistent };

struct NetlinkAnswer {
  unsigned sequence = 0;         ///< of the question; what answers another is passed over
  std::size_t replies_left = 0;  ///< of single rows that were asked for; 0: a dump was
  Dump dump = Dump::consistent;
  int error = 0;  ///< an errno
  bool over = false;

  /// The rows of a datagram go to `visit`. REQUIRES: it is aligned as a nlmsghdr is.
  void take(std::span<const std::byte> datagram, const RowVisitor& visit);
};

}  // namespace ttq
