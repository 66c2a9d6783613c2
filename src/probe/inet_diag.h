// The kernel's socket diagnosis, as bytes: inet_diag over NETLINK_SOCK_DIAG (sock_diag(7),
// linux/inet_diag.h). Pure: no descriptor is opened here.
//
//   request  = inet_diag_req_v2            of one family (SOCK_DIAG_BY_FAMILY)
//            | inet_diag_req               of TCP in both (TCPDIAG_GETSOCK)
//   row      = inet_diag_msg { nlattr }
//   nlattr   = INET_DIAG_INFO     tcp_info, as long as the kernel of the day makes it; only if
//   asked for
//            | INET_DIAG_SKV6ONLY u8, on AF_INET6 rows in LISTEN and CLOSE
//            (inet_diag_msg_attrs_fill) | others, skipped
//
// Ports and addresses are in network byte order there and are turned here, once. A row of an IPv4
// client on a dual-stack socket is AF_INET6 with a mapped address; Address makes it IPv4.
#pragma once

#include <linux/inet_diag.h>

#include <cstddef>
#include <optional>
#include <span>

#include "ttq/socket.h"

namespace ttq {

/// The sockets of one protocol and family.
struct SocketTable {
  Protocol proto = Protocol::tcp;
  int family = 0;  ///< AF_INET or AF_INET6
};

enum class WithCounters : bool { no, yes };

/// Asks for every socket of the table in one of these states.
inet_diag_req_v2 dump_request(const SocketTable& table, StateMask states, WithCounters counters);

/// Asks for every TCP socket of both families. That is the request of the first kernels that had
/// sock_diag's forerunner, and the only one without a family. The kernel keeps both in one table,
/// which is as large as the memory, with the sockets of all namespaces: so this saves it a walk.
inet_diag_req both_families_request(StateMask states, WithCounters counters);

/// Asks for this one TCP socket, with its counters. The kernel checks the cookie.
inet_diag_req_v2 counters_request(const Socket& socket);

/// The payload of one SOCK_DIAG_BY_FAMILY message; nothing if it is malformed or of another family.
std::optional<Socket> decode_row(std::span<const std::byte> payload, Protocol proto);

}  // namespace ttq
