// Who is let in, and who makes room for whom.
//
// An origin is whoever connections count for together: an IPv4 address; the /64 of an IPv6 address,
// since whoever has one address there as a rule has all of them; the user at the other end of a
// UNIX socket, because local users can be as careless as strangers, and an address that all of them
// share would let one keep out the rest.
//
// The table is shared by need. Who holds most makes room for who holds less, and gives first what
// costs him least: a connection that has had its last answer, then the one that has let us wait for
// a request for longest, then one that takes its time to read. So whoever fills the table, with
// however many connections that drip, only takes places from himself; a good client is let in at
// once, and keeps its place until it has asked. Questions that are being worked on, and answers out
// of the store, are never given up: there are few of them at any time, with a limit of their own.
//
// Nobody is left in the kernel's backlog while a place can be made, since all of its queue would
// wait behind him.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>

#include "ttq/address.h"

namespace ttq {

struct Origin {
  Address network;
  std::optional<uid_t> user;  ///< of a UNIX socket; then the address does not matter

  static Origin of(const Address& address);
  /// Of the other end of a connected socket.
  static Origin of(int fd);
  auto operator<=>(const Origin&) const = default;
};

/// What it would cost to close a connection; the least first.
enum class Stake : std::uint8_t {
  lingering,  ///< nothing: its last answer is out
  waiting,    ///< for a request, or for the rest of one
  reading,    ///< its client takes an answer that it can ask for again
  fixed,      ///< it is not to be closed
};

struct Seat {
  using Moment = std::chrono::steady_clock::time_point;

  std::uint64_t id = 0;
  Origin origin;
  Stake stake = Stake::waiting;
  Moment since;  ///< when it came to be so
};

struct AdmissionLimits {
  std::size_t connections = 64;  ///< as many descriptors, and as much memory, as a guest
                                 ///< on somebody's host may take
  std::size_t per_origin = 8;    ///< a browser opens 6, ttq and Prometheus 1 each
  /// A client whose request is on its way is not closed for another one of its own origin.
  std::chrono::milliseconds patience{250};
};

enum class Reception : std::uint8_t { enter, take_place, refuse };

struct Decision {
  Reception reception = Reception::refuse;
  std::uint64_t place_of = 0;  ///< whose place is taken, where it is
};

/// Whether a place is free, or can be made. Else nobody is to be accepted for now.
bool has_room(std::span<const Seat> seats, const AdmissionLimits& limits);

Decision decide(std::span<const Seat> seats, const Origin& origin, const AdmissionLimits& limits,
                Seat::Moment now);

}  // namespace ttq
