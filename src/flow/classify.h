// Direction: who opened a connection, and how that is known. Pure.
//
// Never "the lower port is the server": that is wrong for port 50051, for two high ports, and for a
// server that connects from the port it listens on.
#pragma once

#include <cstdint>
#include <optional>

#include "flow/listener_book.h"
#include "ttq/flow.h"
#include "ttq/socket.h"

namespace ttq {

struct Verdict {
  Role role = Role::active;
  Evidence evidence = Evidence::port;

  bool operator==(const Verdict&) const = default;
};

/// The SYN byte. A SYN takes one sequence number, and the side that sent it counts that number as a
/// byte acknowledged, while the side that accepted does not (net/ipv4/tcp_input.c, tcp_ack():
/// bytes_acked grows by snd_una's advance, which starts before our SYN for the active side alone).
/// What is acknowledged or in flight, less what was sent, is therefore 1 for the active side and 0
/// for the passive one; our own FIN, once sent, adds 1. Any other figure says nothing.
std::optional<Role> syn_byte(const Socket& socket);

/// The best evidence that one host has; `port` is a guess. REQUIRES: a connected socket or an
/// attempt.
/// `presence`: which listeners count, for a connection that is over.
Verdict classify(const Socket& socket, const ListenerBook& listeners, PortRange ephemeral,
                 Presence presence = Presence::now);

}  // namespace ttq
