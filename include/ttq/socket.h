// One row of the kernel's socket table, in host byte order, with the addresses normalised.
#pragma once

#include <cstdint>
#include <optional>

#include "ttq/endpoint.h"
#include "ttq/flow.h"
#include "ttq/time.h"

namespace ttq {

/// The kernel's numbers (include/net/tcp_states.h). UDP uses two of them: established for a
/// connected socket, close for one that is merely bound.
enum class SocketState : std::uint8_t {
  established = 1,
  syn_sent = 2,
  syn_recv = 3,
  fin_wait1 = 4,
  fin_wait2 = 5,
  time_wait = 6,
  close = 7,
  close_wait = 8,
  last_ack = 9,
  listen = 10,
  closing = 11,
  new_syn_recv = 12,
};

/// A set of states as the kernel wants it: one bit each, never the number itself.
class StateMask {
 public:
  constexpr StateMask() = default;
  template <class... States>
  static constexpr StateMask of(States... states) {
    StateMask mask;
    ((mask.bits_ |= 1U << static_cast<unsigned>(states)), ...);
    return mask;
  }
  [[nodiscard]] constexpr bool contains(SocketState state) const {
    return (bits_ & (1U << static_cast<unsigned>(state))) != 0;
  }
  [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }
  friend constexpr StateMask operator|(StateMask a, StateMask b) {
    a.bits_ |= b.bits_;
    return a;
  }

 private:
  std::uint32_t bits_ = 0;
};

/// What counts as a connection: data may still flow, or did until a moment ago.
inline constexpr StateMask connected_states =
    StateMask::of(SocketState::established, SocketState::fin_wait1, SocketState::fin_wait2,
                  SocketState::close_wait, SocketState::closing, SocketState::last_ack);

/// The counters that betray who sent the SYN (flow/classify.h). Bytes.
struct TcpCounters {
  std::uint64_t bytes_acked = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_retrans = 0;
  std::uint32_t notsent = 0;
  std::uint32_t write_queue = 0;
};

/// A connection that an event saw opening.
struct Opening {
  Role role = Role::active;
  Duration age{0};
};

struct Socket {
  SocketState state = SocketState::close;
  Endpoint local;
  Endpoint remote;           ///< wildcard and port 0 for a listener
  std::uint64_t inode = 0;   ///< 0: no file refers to it (TIME_WAIT, un-accepted, orphaned)
  std::uint64_t cookie = 0;  ///< never reused while the kernel runs; 0: not known
  std::uint32_t uid = 0;
  bool v6only = false;                  ///< an IPv6 wildcard listener that takes no IPv4
  std::optional<TcpCounters> counters;  ///< only where somebody asked for them
  std::optional<Opening> opening;       ///< only of what this look took over (flow_events.h)
  bool is_counted = false;              ///< by events, as opened and closed (probe/udp_counter.h)
};

}  // namespace ttq
