// Port: how another host is asked: by HTTP, and in tests a scripted world. One that does not answer
// is a condition, not a fault: the walk goes on without it and says so.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

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
  std::uint16_t port = 0;  ///< of no meaning where ssh leads there
  std::string unix_path;   ///< not empty: the other two do not matter

  auto operator<=>(const PeerAddress&) const = default;
};

struct PeerFailure {
  HostState state = HostState::unreachable;
  std::string message;
};

template <class Value>
using Answer = std::variant<Value, PeerFailure>;

using Deadline = std::chrono::steady_clock::time_point;

/// A span told by how long ago it was. Clocks differ between hosts, ages do not: so one question is
/// enough, and nobody need be asked for the time first.
struct Ages {
  Duration since;
  Duration until;
  std::chrono::steady_clock::time_point as_of;  ///< they are older by when they are sent
};

/// What a host is asked: who it is, and its flows and listeners of a span.
struct PeerQuestion {
  PeerAddress at;
  std::optional<Address> about;  ///< who has this address; none: whoever is there
  Ages ages;
  std::optional<Address> peer;  ///< only flows with this far end
  std::string unless;           ///< this instance need not tell again; empty: nobody
  bool is_whole = false;        ///< asked for a second time, since `unless` meant another host
};

/// What came of it: a report, a failure, or a report that says who it is and no more, and why.
struct Told {
  std::optional<FlowReport> report;  ///< every page in one (`next` is empty), by the host's clock
  std::optional<PeerFailure> failure;
  std::chrono::steady_clock::time_point asked;     ///< when the question was sent
  std::chrono::steady_clock::time_point answered;  ///< when the first byte came
};

/// Whoever asks. Called from the thread that called Peer::ask(), one call at a time.
class Asker {
 public:
  virtual ~Asker() = default;

  /// The question's turn has come: the deadline for all of it, or why it is not asked. What is
  /// known only now may be put into it.
  virtual Answer<Deadline> begin(PeerQuestion& question) = 0;

  /// The answer, also where begin() refused. What is returned is asked as well.
  virtual std::vector<PeerQuestion> hear(const PeerQuestion& question, Told told) = 0;
};

class Peer {
 public:
  virtual ~Peer() = default;

  /// Asks all of these, and what the asker thinks of on the way, together: a host that keeps us
  /// waiting keeps nobody else waiting. Of the others about `concurrency` at a time. Returns when
  /// every answer was heard.
  virtual void ask(std::vector<PeerQuestion> questions, unsigned concurrency, Asker& asker) = 0;
};

}  // namespace ttq
