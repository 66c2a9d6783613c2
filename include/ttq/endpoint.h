// An endpoint: protocol, address, port. Which network namespace it lies in is said by whoever holds
// it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ttq/address.h"

namespace ttq {

/// IANA protocol numbers; on disk.
enum class Protocol : std::uint8_t { tcp = 6, udp = 17 };

std::string_view print_protocol(Protocol proto);  ///< "tcp", "udp"
std::optional<Protocol> parse_protocol(std::string_view text);

/// A network namespace, by the inode number of its nsfs file (/proc/PID/ns/net).
using NetNs = std::uint64_t;

struct Endpoint {
  Protocol proto = Protocol::tcp;
  Address address;
  std::uint16_t port = 0;

  auto operator<=>(const Endpoint&) const = default;
};

/// "10.0.0.1:80", "[2001:db8::1]:80"; the protocol is not printed.
std::string print_endpoint(const Endpoint& endpoint);

}  // namespace ttq

template <>
struct std::hash<ttq::Endpoint> {
  std::size_t operator()(const ttq::Endpoint& endpoint) const noexcept;
};
