// A NETLINK_SOCK_DIAG socket: asks, and hands every answered row on (sock_diag(7), netlink(7)).
//
// What goes wrong here in practice, and what becomes of it:
//   an errno inside NLMSG_DONE  a dump can fail after it began, and says so only there
//   NLM_F_DUMP_INTR             the table changed under the dump: the answer is marked inconsistent
//   ENOBUFS, MSG_TRUNC          the answer has a hole: inconsistent too
//   no CONFIG_INET_UDP_DIAG     ENOENT: a Fault, and the caller reads /proc/net instead
#pragma once

#include <linux/inet_diag.h>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "probe/netlink_answer.h"
#include "probe/netlink_socket.h"
#include "ttq/result.h"

namespace ttq {

class NetlinkHandle {
 public:
  /// In the network namespace of the calling thread.
  static Result<NetlinkHandle> open();

  /// All rows that match. Rows were visited even if the answer is a Fault or inconsistent.
  Result<Dump> dump(const inet_diag_req_v2& request, const RowVisitor& visit);
  Result<Dump> dump(const inet_diag_req& request, const RowVisitor& visit);

  /// One row for each request, of the sockets that are still there; the others are passed over.
  void ask_each(std::span<const inet_diag_req_v2> requests, const RowVisitor& visit);

 private:
  explicit NetlinkHandle(NetlinkSocket socket)
      : socket_(std::move(socket)), buffer_(buffer_bytes) {}

  /// Until the answer is over.
  void receive(NetlinkAnswer& answer, const RowVisitor& visit);
  Result<void> send(std::span<const std::byte> bytes);
  template <class Request>
  Result<Dump> dump_all(const Request& request, const RowVisitor& visit);
  void ask_batch(std::span<const inet_diag_req_v2> requests, const RowVisitor& visit);

  /// The kernel fills a datagram for as long as our buffer is, up to 32 KiB, and may not be
  /// preempted meanwhile on many systems. Measured with 40,000 sockets: 4, 8, 16, 32 and 64 KiB
  /// cost 32.9, 32.4, 32.0, 31.8 and 32.0 ms. So a short one costs next to nothing, and whoever
  /// wakes up beside us waits for 40 sockets and not for 300.
  static constexpr std::size_t buffer_bytes = std::size_t{4} * 1024;

  NetlinkSocket socket_;
  std::vector<std::byte> buffer_;
  unsigned sequence_ = 0;
};

}  // namespace ttq
