#include "probe/inet_diag.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <cstring>

namespace ttq {
namespace {

Address read_address(int family, const __be32* words) {
  if (family == AF_INET) {
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), words, bytes.size());
    return Address::v4(bytes);
  }
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), words, bytes.size());
  return Address::v6(bytes);
}

void write_address(const Address& address, __be32* words) {
  const auto& bytes = address.bytes();
  const std::size_t skipped = address.is_v4() ? 12 : 0;
  std::memcpy(words, bytes.data() + skipped, bytes.size() - skipped);
}

/// Kernels before about 4.19 send a shorter tcp_info, without the fields that the SYN byte needs.
std::optional<TcpCounters> read_counters(std::span<const std::byte> info,
                                         std::uint32_t write_queue) {
  constexpr std::size_t needed = offsetof(tcp_info, tcpi_bytes_retrans) + sizeof(__u64);
  if (info.size() < needed) return std::nullopt;
  tcp_info tcp{};
  std::memcpy(&tcp, info.data(), std::min(info.size(), sizeof tcp));
  return TcpCounters{.bytes_acked = tcp.tcpi_bytes_acked,
                     .bytes_sent = tcp.tcpi_bytes_sent,
                     .bytes_retrans = tcp.tcpi_bytes_retrans,
                     .notsent = tcp.tcpi_notsent_bytes,
                     .write_queue = write_queue};
}

/// Calls visit(type, payload) for each attribute, and stops at the first that is malformed.
template <class Visit>
void for_each_attribute(std::span<const std::byte> bytes, Visit visit) {
  while (bytes.size() >= sizeof(nlattr)) {
    nlattr header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > bytes.size()) return;
    visit(header.nla_type & NLA_TYPE_MASK,
          bytes.subspan(sizeof header, header.nla_len - sizeof header));
    bytes = bytes.subspan(std::min<std::size_t>(NLA_ALIGN(header.nla_len), bytes.size()));
  }
}

__u8 extensions(WithCounters counters) {
  return counters == WithCounters::yes ? __u8{1U << (INET_DIAG_INFO - 1U)} : __u8{0};
}

}  // namespace

inet_diag_req_v2 dump_request(const SocketTable& table, StateMask states, WithCounters counters) {
  inet_diag_req_v2 request{};
  request.sdiag_family = static_cast<__u8>(table.family);
  request.sdiag_protocol = static_cast<__u8>(table.proto);
  request.idiag_states = states.bits();
  request.idiag_ext = extensions(counters);
  return request;
}

inet_diag_req both_families_request(StateMask states, WithCounters counters) {
  inet_diag_req request{};
  request.idiag_states = states.bits();
  request.idiag_ext = extensions(counters);
  return request;
}

inet_diag_req_v2 counters_request(const Socket& socket) {
  // A dual-stack socket with an IPv4 peer is found under AF_INET too (inet_lookup).
  const bool v4 = socket.local.address.is_v4() && socket.remote.address.is_v4();
  const SocketTable table{Protocol::tcp, v4 ? AF_INET : AF_INET6};
  inet_diag_req_v2 request = dump_request(table, StateMask{}, WithCounters::yes);
  request.idiag_states = ~0U;
  request.id.idiag_sport = htons(socket.local.port);
  request.id.idiag_dport = htons(socket.remote.port);
  write_address(socket.local.address, request.id.idiag_src);
  write_address(socket.remote.address, request.id.idiag_dst);
  request.id.idiag_cookie[0] = static_cast<__u32>(socket.cookie);
  request.id.idiag_cookie[1] = static_cast<__u32>(socket.cookie >> 32U);
  return request;
}

std::optional<Socket> decode_row(std::span<const std::byte> payload, Protocol proto) {
  inet_diag_msg row{};
  if (payload.size() < sizeof row) return std::nullopt;
  std::memcpy(&row, payload.data(), sizeof row);
  const int family = row.idiag_family;
  if (family != AF_INET && family != AF_INET6) return std::nullopt;

  Socket socket;
  socket.state = static_cast<SocketState>(row.idiag_state);
  socket.local = {proto, read_address(family, row.id.idiag_src), ntohs(row.id.idiag_sport)};
  socket.remote = {proto, read_address(family, row.id.idiag_dst), ntohs(row.id.idiag_dport)};
  socket.inode = row.idiag_inode;
  socket.cookie = row.id.idiag_cookie[0] | (std::uint64_t{row.id.idiag_cookie[1]} << 32U);
  socket.uid = row.idiag_uid;
  for_each_attribute(payload.subspan(sizeof row), [&](int type, std::span<const std::byte> value) {
    if (type == INET_DIAG_SKV6ONLY && !value.empty()) socket.v6only = value[0] != std::byte{0};
    if (type == INET_DIAG_INFO) socket.counters = read_counters(value, row.idiag_wqueue);
  });
  return socket;
}

}  // namespace ttq
