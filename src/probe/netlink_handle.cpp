#include "probe/netlink_handle.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace ttq {
namespace {

/// So many answers fit the default receive buffer with room to spare.
constexpr std::size_t batch_size = 64;

constexpr __u16 type_of(const inet_diag_req_v2& /*request*/) { return SOCK_DIAG_BY_FAMILY; }
constexpr __u16 type_of(const inet_diag_req& /*request*/) { return TCPDIAG_GETSOCK; }

template <class Request>
nlmsghdr* put_request(void* at, const Request& request, unsigned flags, unsigned sequence) {
  nlmsghdr* header = mnl_nlmsg_put_header(at);
  header->nlmsg_type = type_of(request);
  header->nlmsg_flags = static_cast<__u16>(NLM_F_REQUEST | flags);
  header->nlmsg_seq = sequence;
  std::memcpy(mnl_nlmsg_put_extra_header(header, sizeof request), &request, sizeof request);
  return header;
}

}  // namespace

Result<NetlinkHandle> NetlinkHandle::open() {
  auto socket = open_netlink(NETLINK_SOCK_DIAG);
  if (!socket) return socket.error();
  return NetlinkHandle(std::move(*socket));
}

Result<void> NetlinkHandle::send(std::span<const std::byte> bytes) {
  if (mnl_socket_sendto(socket_.get(), bytes.data(), bytes.size()) < 0) {
    return errno_fault("ask the kernel for sockets");
  }
  return {};
}

void NetlinkHandle::receive(NetlinkAnswer& answer, const RowVisitor& visit) {
  while (!answer.over) {
    iovec place{buffer_.data(), buffer_.size()};
    msghdr envelope{};
    envelope.msg_iov = &place;
    envelope.msg_iovlen = 1;
    const ssize_t size = ::recvmsg(mnl_socket_get_fd(socket_.get()), &envelope, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == ENOBUFS) {
      answer.dump = Dump::inconsistent;
      continue;
    }
    if (size < 0) {
      answer.error = errno;
      return;
    }
    if ((envelope.msg_flags & MSG_TRUNC) != 0) answer.dump = Dump::inconsistent;
    answer.take(std::span(buffer_).first(static_cast<std::size_t>(size)), visit);
  }
}

Result<Dump> NetlinkHandle::dump(const inet_diag_req_v2& request, const RowVisitor& visit) {
  return dump_all(request, visit);
}

Result<Dump> NetlinkHandle::dump(const inet_diag_req& request, const RowVisitor& visit) {
  return dump_all(request, visit);
}

template <class Request>
Result<Dump> NetlinkHandle::dump_all(const Request& request, const RowVisitor& visit) {
  alignas(nlmsghdr) std::array<std::byte, 256> bytes{};
  const nlmsghdr* header = put_request(bytes.data(), request, NLM_F_DUMP, ++sequence_);
  if (auto sent = send(std::span(bytes).first(header->nlmsg_len)); !sent) return sent.error();
  NetlinkAnswer answer{.sequence = sequence_};
  receive(answer, visit);
  if (answer.error != 0) return errno_fault("dump sockets", answer.error);
  return answer.dump;
}

void NetlinkHandle::ask_batch(std::span<const inet_diag_req_v2> requests, const RowVisitor& visit) {
  alignas(nlmsghdr) std::array<std::byte, batch_size * 128> bytes{};
  std::size_t used = 0;
  ++sequence_;
  for (const auto& request : requests) {
    const nlmsghdr* header = put_request(bytes.data() + used, request, 0, sequence_);
    used += NLMSG_ALIGN(std::size_t{header->nlmsg_len});
  }
  if (!send(std::span(bytes).first(used))) return;
  NetlinkAnswer answer{.sequence = sequence_, .replies_left = requests.size()};
  receive(answer, visit);
}

void NetlinkHandle::ask_each(std::span<const inet_diag_req_v2> requests, const RowVisitor& visit) {
  while (!requests.empty()) {
    const auto batch = requests.first(std::min(batch_size, requests.size()));
    ask_batch(batch, visit);
    requests = requests.subspan(batch.size());
  }
}

}  // namespace ttq
