// Port: how another host is asked. HTTP, later ssh; a scripted world in tests.
//
// A host that does not answer is a condition, not a fault: the walk goes on without it and says so.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "ttq/report.h"

namespace ttq {

/// How far a host got in the walk.
enum class HostState : std::uint8_t {
  ok,
  unreachable,  ///< refused, no route, no such name
  timeout,
  denied,     ///< it answered 401 or 403
  untrusted,  ///< it answered what is no report of ours: garbage, or more than we are willing to
              ///< read
  budget,     ///< not asked: --max-hosts or --timeout was reached first
};

std::string_view print_host_state(HostState state);

/// Where to ask: a host (name or address) and port, or the path of a UNIX socket.
struct PeerAddress {
  std::string host;
  std::uint16_t port = 0;
  std::string unix_path;  ///< not empty: the other two do not matter

  auto operator<=>(const PeerAddress&) const = default;
};

struct PeerFailure {
  HostState state = HostState::unreachable;
  std::string message;
};

template <class Report>
using Answer = std::variant<Report, PeerFailure>;

using Deadline = std::chrono::steady_clock::time_point;

class Peer {
 public:
  virtual ~Peer() = default;

  // Each returns by the deadline, and may be called from several threads at once.

  virtual Answer<HostReport> host(const PeerAddress& address, Deadline deadline) = 0;

  /// Every page, put together into one report (`next` is empty).
  virtual Answer<FlowReport> flows(const PeerAddress& address, const Span& span,
                                   Deadline deadline) = 0;
  virtual Answer<ListenerReport> listeners(const PeerAddress& address, const Span& span,
                                           Deadline deadline) = 0;
};

}  // namespace ttq
