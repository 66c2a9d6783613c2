#include "api/admission.h"

#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "model/socket_address.h"

namespace ttq {
namespace {

/// The nobody of a kernel that does not tell is one, too.
uid_t user_of(int fd) {
  ucred credentials{.pid = 0, .uid = static_cast<uid_t>(-1), .gid = 0};
  socklen_t length = sizeof credentials;
  ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length);
  return credentials.uid;
}

using Holdings = std::map<Origin, std::size_t>;

Holdings count(std::span<const Seat> seats) {
  Holdings held;
  for (const Seat& seat : seats) ++held[seat.origin];
  return held;
}

/// The first to go comes first.
auto order(const Seat& seat, const Holdings& held) {
  return std::tuple(-static_cast<std::ptrdiff_t>(held.at(seat.origin)), seat.stake, seat.since);
}

/// The first to go of those that `may_go`.
template <class MayGo>
Decision take_place(std::span<const Seat> seats, const Holdings& held, MayGo may_go) {
  const Seat* first = nullptr;
  for (const Seat& seat : seats) {
    if (seat.stake == Stake::fixed || !may_go(seat)) continue;
    if (first == nullptr || order(seat, held) < order(*first, held)) first = &seat;
  }
  return first == nullptr ? Decision{} : Decision{Reception::take_place, first->id};
}

}  // namespace

Origin Origin::of(const Address& address) {
  if (address.is_v4()) return {address, {}};
  Address::Bytes bytes = address.bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return {Address::v6(bytes), {}};
}

Origin Origin::of(int fd) {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  ::getpeername(fd, reinterpret_cast<sockaddr*>(&name), &length);
  if (name.ss_family == AF_UNIX) return {{}, user_of(fd)};
  if (const auto address = address_of(reinterpret_cast<const sockaddr*>(&name))) {
    return of(*address);
  }
  return {};  // gone again already: nobody's
}

bool has_room(std::span<const Seat> seats, const AdmissionLimits& limits) {
  return seats.size() < limits.connections ||
         std::any_of(seats.begin(), seats.end(),
                     [](const Seat& seat) { return seat.stake != Stake::fixed; });
}

Decision decide(std::span<const Seat> seats, const Origin& origin, const AdmissionLimits& limits,
                Seat::Moment now) {
  const Holdings held = count(seats);
  const auto own = held.find(origin);
  const std::size_t holds = own == held.end() ? 0 : own->second;
  if (holds >= limits.per_origin) {
    return take_place(seats, held, [&](const Seat& seat) {
      const bool lets_us_wait = seat.stake == Stake::waiting && now - seat.since >= limits.patience;
      return seat.origin == origin && (seat.stake == Stake::lingering || lets_us_wait);
    });
  }
  if (seats.size() < limits.connections) return {Reception::enter};
  return take_place(seats, held, [&](const Seat& seat) { return held.at(seat.origin) >= holds; });
}

}  // namespace ttq
