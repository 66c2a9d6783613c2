#include "probe/route_source.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <span>

#include "probe/netlink_answer.h"

namespace ttq {
namespace {

/// In network byte order, as long as its family has it.
std::span<const std::uint8_t> wire_bytes(const Address& address) {
  const std::span<const std::uint8_t> all(address.bytes());
  return address.is_v4() ? all.last(4) : all;
}

std::optional<Address> address_in(const nlattr* attribute) {
  const auto* bytes = static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute));
  switch (mnl_attr_get_payload_len(attribute)) {
    case 4:
      return Address::v4(std::span<const std::uint8_t, 4>(bytes, 4));
    case 16:
      return Address::v6(std::span<const std::uint8_t, 16>(bytes, 16));
    default:
      return std::nullopt;
  }
}

int note_source(const nlattr* attribute, void* source) {
  if (mnl_attr_get_type(attribute) == RTA_PREFSRC) {
    *static_cast<std::optional<Address>*>(source) = address_in(attribute);
  }
  return MNL_CB_OK;
}

bool is_anywhere(const Address& destination) {
  return destination.is_multicast() || (destination.is_link_local() && !destination.is_v4());
}

}  // namespace

std::optional<Address> source_in_answer(std::span<const std::byte> datagram, unsigned sequence) {
  // libmnl reads attributes up to the next word: what is left over of one is none.
  const auto size = datagram.size() / MNL_ALIGNTO * MNL_ALIGNTO;
  const nlmsghdr* message = first_message(datagram.first(size));
  std::optional<Address> source;
  if (message == nullptr || message->nlmsg_seq != sequence) return source;
  if (message->nlmsg_type != RTM_NEWROUTE) return source;
  mnl_attr_parse(message, sizeof(rtmsg), note_source, &source);
  return source;
}

Result<RouteSource> RouteSource::open() {
  auto socket = open_netlink(NETLINK_ROUTE);
  if (!socket) return socket.error();
  return RouteSource(std::move(*socket));
}

std::optional<Address> RouteSource::towards(const Address& destination) {
  constexpr std::size_t most = 4096;
  if (is_anywhere(destination)) return std::nullopt;
  if (known_.size() >= most) known_.clear();
  const auto [known, is_new] = known_.try_emplace(destination);
  if (is_new) known->second = ask(destination);
  return known->second;
}

std::optional<Address> RouteSource::ask(const Address& destination) {
  alignas(nlmsghdr) std::array<char, 256> request{};
  const auto bytes = wire_bytes(destination);
  nlmsghdr* header = mnl_nlmsg_put_header(request.data());
  header->nlmsg_type = RTM_GETROUTE;
  header->nlmsg_flags = NLM_F_REQUEST;
  header->nlmsg_seq = ++sequence_;
  auto* route = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(rtmsg)));
  route->rtm_family = destination.is_v4() ? AF_INET : AF_INET6;
  route->rtm_dst_len = static_cast<unsigned char>(bytes.size() * 8);
  mnl_attr_put(header, RTA_DST, bytes.size(), bytes.data());
  if (mnl_socket_sendto(socket_.get(), header, header->nlmsg_len) < 0) return std::nullopt;

  alignas(nlmsghdr) std::array<std::byte, 4096> answer{};
  const ssize_t size = mnl_socket_recvfrom(socket_.get(), answer.data(), answer.size());
  if (size <= 0) return std::nullopt;
  return source_in_answer(std::span(answer).first(static_cast<std::size_t>(size)), sequence_);
}

}  // namespace ttq
