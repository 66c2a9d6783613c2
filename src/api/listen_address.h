// Where the daemon listens: "unix:/run/ttracerd/api.sock", "127.0.0.1:18870", "[::]:18870".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ttq/address.h"
#include "ttq/result.h"

namespace ttq {

struct ListenAddress {
  std::string unix_path;  ///< not empty: the other two do not matter
  Address address;
  std::uint16_t port = 0;  ///< 0: the kernel chooses

  /// Whether others than this machine can reach it.
  [[nodiscard]] bool is_public() const { return unix_path.empty() && !address.is_loopback(); }
  bool operator==(const ListenAddress&) const = default;
};

Result<ListenAddress> parse_listen_address(std::string_view text);

/// What parse_listen_address() reads.
std::string print_listen_address(const ListenAddress& address);

}  // namespace ttq
