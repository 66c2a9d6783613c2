// The kernel's socket tables as text: /proc/net/tcp, tcp6, udp, udp6 (proc(5), Documentation/
// networking/proc_net_tcp.rst). For kernels that refuse sock_diag. Costs several times more, and
// tells less: no cookie, no v6only, no counters. Pure: lines in, sockets out.
//
//   sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ...
//   address = hex words of 32 bits in *host* byte order ':' port in hex, host order
#pragma once

#include <optional>
#include <string_view>

#include "ttq/socket.h"

namespace ttq {

/// One line; nothing for the heading and for what is malformed. The cookie is made from the inode
/// and the ends, so that it stays the same for as long as the socket does.
std::optional<Socket> parse_table_line(std::string_view line, Protocol proto);

}  // namespace ttq
