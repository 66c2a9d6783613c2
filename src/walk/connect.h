// Ways to wherever a peer may be asked, and non-blocking connections on them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tls/channel.h"
#include "ttq/peer.h"
#include "walk/name_lookup.h"
#include "walk/subprocess.h"

namespace ttq {

/// How other hosts are reached; this one is by its UNIX socket.
enum class Via : std::uint8_t { tcp, tls, ssh };

struct Transport {
  Via via = Via::tcp;
  std::shared_ptr<const ClientCredentials> credentials;  ///< for tls, and only then
  std::string obstacle;  ///< to tls, why there are none: then no other host is asked
};

/// To be connected to, or a command to be run, whose standard streams lead there.
using Way = std::variant<SocketAddress, std::vector<std::string>>;

/// A connection, and what carries it.
struct Connection {
  Channel channel;
  std::optional<Subprocess> command;

  explicit operator bool() const { return static_cast<bool>(channel); }
  /// From now on it is by TLS, if that is how the host at `address` is reached.
  [[nodiscard]] Result<void> wrap(const Transport& transport, const PeerAddress& address);
  /// Why it broke off before anything came, by the word of what carries it; none: nothing does.
  std::optional<PeerFailure> why_it_broke_off();
  void reset() {
    channel = Channel();
    command.reset();
  }
};

/// All ways there, best first and at least one; or a name that is to be resolved first.
using Ways = std::variant<std::vector<Way>, NameLookup, PeerFailure>;

Ways find_ways(const PeerAddress& address, Via via);
/// Those to a name that was resolved.
Answer<std::vector<Way>> ways_to(const SocketAddresses& found);

/// One that is connecting: it becomes writable when it is decided.
Answer<Connection> begin_connecting(const Way& way);

/// What was decided. none: connected.
std::optional<PeerFailure> failure_of_connecting(int fd);

/// Of a channel that is broken.
PeerFailure failure_of(const Channel& channel);

}  // namespace ttq
