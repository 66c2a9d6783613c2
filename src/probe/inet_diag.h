// The kernel's socket diagnosis, as bytes: inet_diag over NETLINK_SOCK_DIAG (sock_diag(7),
// linux/inet_diag.h). Pure: no descriptor is opened here.
//
//   request  = inet_diag_req_v2
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

/// One of the four tables that the kernel keeps.
struct SocketTable {
  Protocol proto = Protocol::tcp;
  int family = 0;  ///< AF_INET or AF_INET6
};

enum class WithCounters : bool { no, yes };

/// Asks for every socket of the table in one of these states.
inet_diag_req_v2 dump_request(const SocketTable& table, StateMask states, WithCounters counters);

/// Asks for this one TCP socket, with its counters. The kernel checks the cookie.
inet_diag_req_v2 counters_request(const Socket& socket);

/// The payload of one SOCK_DIAG_BY_FAMILY message; nothing if it is malformed or of another family.
std::optional<Socket> decode_row(std::span<const std::byte> payload, Protocol proto);

}  // namespace ttq
