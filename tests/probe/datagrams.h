// Datagrams over loopback, sent here, and what counts them.
#pragma once

#include <optional>
#include <vector>

#include "counted.h"
#include "probe/udp_counter.h"

namespace ttq::test {

inline const UdpCounter::Scope usual_ports{.first_ephemeral = 32'768, .last_ephemeral = 60'999};

/// As the daemon finds it out. Fault: this kernel, or this user, may not have any events.
inline Result<std::uint32_t> own_pid_level() {
  const auto flows = FlowCounter::attach(test::own_netns(), {});
  if (!flows) return flows.error();
  return flows->pid_level();
}

/// None where there are no events at all, so that the daemon sees connected sockets alone.
inline std::optional<UdpCounter> count(UdpCounter::Scope scope = usual_ports,
                                       const std::vector<std::uint64_t>& older = {}) {
  static const auto level = own_pid_level();  // it takes a while
  if (!level) {
    MESSAGE("skipped: ", level.error().message);
    return std::nullopt;
  }
  scope.pid_level = *level;
  auto counter = UdpCounter::attach(scope, older);
  if (!counter) FAIL(counter.error().message);
  return std::move(*counter);
}

inline UniqueFd open_socket(int family = AF_INET) {
  return UniqueFd(::socket(family, SOCK_DGRAM, 0));
}

/// On an ephemeral port.
template <class Place>
UniqueFd bound_to(const Place& place) {
  UniqueFd made = open_socket(reinterpret_cast<const sockaddr*>(&place)->sa_family);
  REQUIRE(::bind(made.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0);
  return made;
}

inline UniqueFd serve() { return bound_to(loopback(0)); }

/// Of IPv6 and IPv4 alike.
inline UniqueFd serve_anywhere() {
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  return bound_to(any);
}

template <class Place>
void send_to(const UniqueFd& from, const Place& place) {
  const auto* address = reinterpret_cast<const sockaddr*>(&place);
  REQUIRE(::sendto(from.get(), "hits:1|c", 8, 0, address, sizeof place) == 8);
}

/// Takes one datagram, and sends one back.
inline void answer(const UniqueFd& server) {
  sockaddr_in6 sender{};
  socklen_t size = sizeof sender;
  char taken = 0;
  auto* place = reinterpret_cast<sockaddr*>(&sender);
  REQUIRE(::recvfrom(server.get(), &taken, 1, 0, place, &size) == 1);
  REQUIRE(::sendto(server.get(), "ok", 2, 0, place, size) == 2);
}

/// A connected client asks and is answered; whether it reads the answer is nobody's concern.
inline void ask(const UniqueFd& client, const UniqueFd& server) {
  REQUIRE(::send(client.get(), "hits", 4, 0) == 4);
  answer(server);
}

/// Takes one datagram, and asks who has sent it.
inline void receive(const UniqueFd& at) {
  sockaddr_in6 sender{};
  socklen_t size = sizeof sender;
  char taken = 0;
  REQUIRE(::recvfrom(at.get(), &taken, 1, 0, reinterpret_cast<sockaddr*>(&sender), &size) == 1);
}

}  // namespace ttq::test
