// A flow: all connections of one local process with one client address through one listening
// endpoint.
//
// The ephemeral port says nothing about a dependency and is folded away. Both hosts hold the same
// (protocol, listen, client) for a flow; the walk joins on that.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ttq/endpoint.h"
#include "ttq/process.h"
#include "ttq/time.h"

namespace ttq {

/// The local process's part in the flow; on disk.
enum class Role : std::uint8_t {
  active = 1,   ///< we connected: we depend on the listener
  passive = 2,  ///< we listen and accepted: the client depends on us
};

std::string_view print_role(Role role);
std::optional<Role> parse_role(std::string_view text);

/// How a direction is known, best first; on disk.
enum class Evidence : std::uint8_t {
  event = 1,      ///< seen opening
  handshake = 2,  ///< the SYN is counted on one side only
  listener = 3,   ///< an end matches a listener
  peer = 4,       ///< the other host says so
  port = 5,       ///< a guess from the ephemeral port range
};

std::string_view print_evidence(Evidence evidence);
std::optional<Evidence> parse_evidence(std::string_view text);

struct FlowKey {
  Endpoint listen;
  Address client;
  Role role = Role::active;
  NetNs netns = 0;
  ProcessKey process;

  /// The far end's address: the client of a passive flow, the listener's of an active one.
  [[nodiscard]] const Address& peer() const {
    return role == Role::passive ? client : listen.address;
  }
  auto operator<=>(const FlowKey&) const = default;
};

/// Distinct connections, by cookie. What already stood when the daemon first looked is in `now` and
/// `max`, and is not `opened`.
struct Connections {
  std::uint64_t now = 0;      ///< at the last look in the span
  std::uint64_t max = 0;      ///< at most at one look
  std::uint64_t opened = 0;   ///< first seen
  std::uint64_t closed = 0;   ///< no longer seen
  std::uint64_t failed = 0;   ///< attempts (SYN_SENT) that had no answer, counted where first seen
  std::uint64_t pending = 0;  ///< attempts without an answer at the last look

  bool operator==(const Connections&) const = default;
};

/// What only kernel events tell: of connections that were seen opening, told as they close and,
/// while they stand, from time to time.
struct Traffic {
  std::uint64_t attempts = 0;    ///< connections asked for, answered or not; of an active flow
  std::uint64_t bytes_sent = 0;  ///< without what had to be sent again
  std::uint64_t bytes_received = 0;
  std::uint64_t retransmits = 0;  ///< segments
  std::uint64_t rtt_us_sum = 0;   ///< smoothed round-trip times in microseconds, of so many:
  std::uint64_t rtt_count = 0;

  bool operator==(const Traffic&) const = default;
};

/// What is not known adds nothing.
void add(std::optional<Traffic>& sum, const std::optional<Traffic>& more);

/// One flow over one window, or over the several that a question spans.
struct Flow {
  FlowKey key;
  Owner owner;
  Connections connections;
  std::optional<Traffic> traffic;  ///< none: no event told of it
  Time first_seen;
  Time last_seen;
  Evidence evidence = Evidence::port;

  bool operator==(const Flow&) const = default;
};

/// Adds the same flow's later window to this one. REQUIRES: same key, later.first_seen >=
/// first_seen.
void absorb(Flow& flow, const Flow& later);

}  // namespace ttq

template <>
struct std::hash<ttq::FlowKey> {
  std::size_t operator()(const ttq::FlowKey& key) const noexcept;
};
