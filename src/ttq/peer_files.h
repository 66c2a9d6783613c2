// Where the administrator says by which names hosts are asked: peers.d/*.json beside ttq.toml.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "walk/peer_book.h"

namespace ttq {

/// Of the directories peers.d beside these files, the later winning, address by address. Within one
/// of them no address may have two places; no port and `peer_port` are the same. A Fault names the
/// file, and what in it is wrong; that there is no directory is none.
Result<PeerBook> read_peer_book(const std::vector<std::filesystem::path>& beside,
                                std::uint16_t peer_port);

}  // namespace ttq
