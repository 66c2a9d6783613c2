// The stitch: joins what two hosts told of the same connections.
//
// Both hosts hold the same (protocol, listen, client) for a flow, and a flow that the other host
// does not know is left with an open end rather than tied to whoever has the address: behind one
// address there may be a NAT, a load balancer, a proxy (coroot#794). Loopback addresses join
// within one host and one network namespace only.
//
// A UDP socket that is bound to no address does not know by which of its host's it was reached: its
// flow has the wildcard there, and joins with what the client sent to any of them.
//
// Which connection belongs to which pair is not known where several processes hold each end; then
// every pair is told, and marked as ambiguous.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "ttq/flow.h"
#include "walk/testimony.h"

namespace ttq {

/// In Graph::hosts.
using HostIndex = std::size_t;

/// One side of a joint. An open end has an owner of neither kind: nobody has said anything of it.
struct End {
  std::optional<HostIndex> host;  ///< none: nobody may be asked at that address
  Owner owner;
  Address address;

  [[nodiscard]] bool is_open() const { return !owner.process && !owner.unknown; }
};

/// The connections of one source to one target through one listening endpoint from one address.
struct Joint {
  End source;
  End target;
  Endpoint listen;
  Address client;
  Connections connections;
  std::optional<Traffic> traffic;  ///< as the source sees it
  bool traffic_mirrored = false;   ///< by the target's word: attempts are not known
  bool seen_by_source = false;
  bool seen_by_target = false;
  bool ambiguous = false;
  Evidence evidence = Evidence::port;
  Time first_seen;
  Time last_seen;
};

/// The part of the other end.
Role opposite(Role role);

/// The end of a flow at the host that told it.
End near_end(const ToldFlow& flow, HostIndex host);

/// A host of the walk, seen as a party to a flow.
struct Party {
  std::optional<HostIndex> host;
  const Testimony* testimony = nullptr;  ///< null: it told nothing
  /// Its own; null: not known.
  const std::vector<Address>* addresses = nullptr;
};

/// The joints of a flow that `here` told, with what `there`, the host of the flow's peer address,
/// knows of it. At least one. REQUIRES: here.host, here.testimony.
std::vector<Joint> stitch(const ToldFlow& flow, const Party& here, const Party& there);

/// The flow as it really is, if it was guessed from the port range and the other host knows better:
/// it has the connection between these two addresses the other way round, on evidence, and `here`
/// has nothing else to explain that by.
std::optional<ToldFlow> contradiction(const ToldFlow& guess, const Testimony& here,
                                      const Testimony& there);

}  // namespace ttq
