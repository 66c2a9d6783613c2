// The words that all printers share. Every string that came from a host is made harmless here once
// more: what prints to a terminal does not lean on somebody else having cleaned it.
#pragma once

#include <string>

#include "ttq/graph.h"

namespace ttq {

/// "pgid=4656", or "pgid=many" for several groups folded into one.
std::string print_pgid(const Process& process);

/// "10.0.0.1:80/tcp"
std::string print_service(const Endpoint& endpoint);

/// "1 host", "2 hosts"
std::string print_number(std::uint64_t number, const std::string& one, const std::string& several);

/// "2001:db8::1" as "[2001:db8::1]", an IPv4 address as it is.
std::string print_bracketed(const Address& address);

/// Why this end of an edge has no process: the state of its host, the reason that the host gave,
/// "not asked" where its address kept us from asking, or "not confirmed" where the host answers and
/// knows nothing of it (a NAT may be between).
std::string why_unknown(const Graph& graph, const Node& node);

/// What tells this host from the others: its name, with an address where two have the same name;
/// else an address, else the beginning of its id.
std::string name_host(const GraphHost& host);

}  // namespace ttq
