// An IP address that has one spelling only.
//
// It is sixteen bytes, and IPv4 is held as IPv4-mapped IPv6 (::ffff:a.b.c.d, RFC 4291 2.5.5.2). So
// the row of an IPv4 client on a dual-stack listener (AF_INET6) and the client's own row (AF_INET)
// compare, hash and print alike, without anybody having to remember to normalise them.
// Scope ids (fe80::1%eth0) are not kept.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ttq {

class Address {
 public:
  using Bytes = std::array<std::uint8_t, 16>;

  /// The IPv6 wildcard "::".
  Address() = default;

  /// From network byte order; an IPv4-mapped IPv6 address becomes the IPv4 address.
  static Address v4(std::span<const std::uint8_t, 4> bytes);
  static Address v6(std::span<const std::uint8_t, 16> bytes);

  /// "10.0.0.1", "2001:db8::1", "::ffff:10.0.0.1"; nothing else (no brackets, port, name or scope).
  static std::optional<Address> parse(std::string_view text);

  /// "10.0.0.1", or RFC 5952 for IPv6.
  [[nodiscard]] std::string print() const;

  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] bool is_wildcard() const;    ///< 0.0.0.0 or ::
  [[nodiscard]] bool is_loopback() const;    ///< 127.0.0.0/8 or ::1: means "this network namespace"
  [[nodiscard]] bool is_link_local() const;  ///< 169.254.0.0/16 or fe80::/10
  [[nodiscard]] bool is_multicast() const;   ///< 224.0.0.0/4 or ff00::/8

  /// That of its family.
  [[nodiscard]] Address wildcard() const;

  /// Network byte order; IPv4 is mapped.
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

  auto operator<=>(const Address&) const = default;

 private:
  Bytes bytes_{};
};

}  // namespace ttq

template <>
struct std::hash<ttq::Address> {
  std::size_t operator()(const ttq::Address& address) const noexcept;
};
