#include "probe/procfs_table.h"

#include <array>
#include <cstring>
#include <vector>

#include "base/text.h"

namespace ttq {
namespace {

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> found;
  for (const auto piece : split(line, ' ')) {
    if (!piece.empty()) found.push_back(piece);
  }
  return found;
}

std::optional<Address> parse_hex_address(std::string_view hex) {
  if (hex.size() != 8 && hex.size() != 32) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t at = 0; at < hex.size(); at += 8) {
    const auto word = parse_integer<std::uint32_t>(hex.substr(at, 8), 16);
    if (!word) return std::nullopt;
    std::memcpy(bytes.data() + at / 2, &*word, sizeof *word);
  }
  if (hex.size() == 8) return Address::v4(std::span(bytes).first<4>());
  return Address::v6(bytes);
}

std::optional<Endpoint> parse_hex_endpoint(std::string_view text, Protocol proto) {
  const auto parts = split(text, ':');
  if (parts.size() != 2) return std::nullopt;
  const auto address = parse_hex_address(parts[0]);
  const auto port = parse_integer<std::uint16_t>(parts[1], 16);
  if (!address || !port) return std::nullopt;
  return Endpoint{proto, *address, *port};
}

std::uint64_t stand_in_cookie(const Socket& socket) {
  const std::size_t ends =
      std::hash<Endpoint>{}(socket.local) * 31 + std::hash<Endpoint>{}(socket.remote);
  const std::uint64_t mixed = ends ^ (socket.inode * 0x9E3779B97F4A7C15ULL);
  return mixed == 0 ? 1 : mixed;
}

}  // namespace

std::optional<Socket> parse_table_line(std::string_view line, Protocol proto) {
  const auto fields = words(line);
  if (fields.size() < 10) return std::nullopt;
  const auto local = parse_hex_endpoint(fields[1], proto);
  const auto remote = parse_hex_endpoint(fields[2], proto);
  const auto state = parse_integer<std::uint8_t>(fields[3], 16);
  const auto uid = parse_integer<std::uint32_t>(fields[7]);
  const auto inode = parse_integer<std::uint64_t>(fields[9]);
  if (!local || !remote || !state || !uid || !inode) return std::nullopt;

  Socket socket;
  socket.local = *local;
  socket.remote = *remote;
  socket.state = static_cast<SocketState>(*state);
  socket.uid = *uid;
  socket.inode = *inode;
  socket.cookie = stand_in_cookie(socket);
  return socket;
}

}  // namespace ttq
