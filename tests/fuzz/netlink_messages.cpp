// Datagrams of the kernel's socket diagnosis, and the rows in them.
//
//   input := replies:1 datagram             replies: of how many single rows; 0: of a dump
//
// The question has number 1.
#include <cstring>
#include <vector>

#include "fuzz.h"
#include "probe/inet_diag.h"
#include "probe/netlink_answer.h"

using namespace ttq;

namespace {

/// Read once more, from nothing but the row itself.
void see_row(std::span<const std::byte> payload) {
  const std::vector<std::byte> alone(payload.begin(), payload.end());
  const auto row = decode_row(alone, Protocol::tcp);
  fuzz::require(row.has_value() == decode_row(payload, Protocol::udp).has_value(),
                "whether a row can be read does not depend on the protocol");
  if (!row) return;
  const inet_diag_req_v2 request = counters_request(*row);
  fuzz::require(request.sdiag_family == 2 || request.sdiag_family == 10,
                "each row can be asked for again");
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  NetlinkAnswer answer{.sequence = 1, .replies_left = take_byte(bytes)};
  // Memory from the heap is aligned, and ends where the datagram does.
  std::vector<std::byte> datagram(bytes.size());
  if (!bytes.empty()) std::memcpy(datagram.data(), bytes.data(), bytes.size());
  std::size_t rows = 0;
  answer.take(datagram, [&](std::span<const std::byte> payload) {
    ++rows;
    see_row(payload);
  });
  require(rows <= bytes.size() / 16, "each row has a head of its own");
  require(answer.error >= 0, "an error is an errno");
}
