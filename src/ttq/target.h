// TARGET, as it is typed: HOST, HOST:PORT, [v6], [v6]:PORT, or :PORT for this host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ttq/result.h"

namespace ttq {

struct HostPort {
  std::string host;  ///< name or address, without brackets; empty: this host
  std::optional<std::uint16_t> port;
};

/// A bare IPv6 address is a HOST: what follows its last colon is no port.
Result<HostPort> parse_target(std::string_view text);

}  // namespace ttq
