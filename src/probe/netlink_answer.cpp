#include "probe/netlink_answer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ttq {
namespace {

/// The errno that NLMSG_ERROR and NLMSG_DONE carry, negated; 0: none.
int carried_error(const nlmsghdr* message) {
  constexpr int largest_errno = 4095;  // MAX_ERRNO, include/linux/err.h
  int error = 0;
  if (mnl_nlmsg_get_payload_len(message) < sizeof error) return 0;
  std::memcpy(&error, mnl_nlmsg_get_payload(message), sizeof error);
  if (error >= 0) return 0;
  return error < -largest_errno ? EPROTO : -error;
}

}  // namespace

const nlmsghdr* first_message(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(nlmsghdr)) return nullptr;
  const auto* message = reinterpret_cast<const nlmsghdr*>(bytes.data());
  const std::size_t length = message->nlmsg_len;
  return length >= sizeof(nlmsghdr) && length <= bytes.size() ? message : nullptr;
}

void NetlinkAnswer::take(std::span<const std::byte> datagram, const RowVisitor& visit) {
  while (const nlmsghdr* message = over ? nullptr : first_message(datagram)) {
    const std::size_t length = NLMSG_ALIGN(std::size_t{message->nlmsg_len});
    datagram = datagram.subspan(std::min(length, datagram.size()));
    if (message->nlmsg_seq != sequence) continue;  // the rest of an answer given up earlier
    if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) dump = Dump::inconsistent;
    const bool row = message->nlmsg_type >= NLMSG_MIN_TYPE;  // it repeats the request's
    const bool dumped = replies_left == 0;
    if (row) {
      const auto* payload = static_cast<const std::byte*>(mnl_nlmsg_get_payload(message));
      visit({payload, mnl_nlmsg_get_payload_len(message)});
    } else if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
      error = carried_error(message);
    } else {
      continue;
    }
    over = dumped ? !row : --replies_left == 0;
  }
}

}  // namespace ttq
