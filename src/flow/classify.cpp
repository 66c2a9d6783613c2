#include "flow/classify.h"

namespace ttq {
namespace {

constexpr StateMask fin_sent = StateMask::of(SocketState::fin_wait1, SocketState::fin_wait2,
                                             SocketState::closing, SocketState::last_ack);

/// Where no listener is left to ask: a client's port is drawn from the ephemeral range. Where that
/// tells nothing either, a connection without a listener here is more likely one that we opened.
Role guess_by_port(const Socket& socket, PortRange ephemeral) {
  const bool local = ephemeral.contains(socket.local.port);
  const bool remote = ephemeral.contains(socket.remote.port);
  return remote && !local ? Role::passive : Role::active;
}

}  // namespace

std::optional<Role> syn_byte(const Socket& socket) {
  if (!socket.counters) return std::nullopt;
  const TcpCounters& tcp = *socket.counters;
  std::uint64_t score =
      tcp.bytes_acked + (tcp.write_queue - tcp.notsent) - (tcp.bytes_sent - tcp.bytes_retrans);
  if (fin_sent.contains(socket.state)) --score;
  if (score == 1) return Role::active;
  if (score == 0) return Role::passive;
  return std::nullopt;
}

Verdict classify(const Socket& socket, const ListenerBook& listeners, PortRange ephemeral,
                 Presence presence) {
  if (socket.state == SocketState::syn_sent) return {Role::active, Evidence::handshake};
  if (const auto role = syn_byte(socket)) return {*role, Evidence::handshake};
  if (listeners.has(socket.local, presence)) return {Role::passive, Evidence::listener};
  if (socket.remote.address.is_loopback() && listeners.has(socket.remote, presence)) {
    return {Role::active, Evidence::listener};  // the same namespace, so its listeners are ours
  }
  return {guess_by_port(socket, ephemeral), Evidence::port};
}

}  // namespace ttq
