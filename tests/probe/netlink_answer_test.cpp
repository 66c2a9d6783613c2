#include "probe/netlink_answer.h"

#include <doctest/doctest.h>
#include <linux/netlink.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

using namespace ttq;

namespace {

constexpr std::uint16_t a_row = 20;  // SOCK_DIAG_BY_FAMILY

/// Messages one after the other, each from a word's boundary on.
class Datagram {
 public:
  Datagram& add(std::uint16_t type, std::string_view payload, std::uint16_t flags = NLM_F_MULTI,
                std::uint32_t sequence = 1) {
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + payload.size());
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    header.nlmsg_seq = sequence;
    put(&header, sizeof header);
    put(payload.data(), payload.size());
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
    return *this;
  }
  Datagram& add_errno(std::uint16_t type, int error) {
    const int carried = -error;
    return add(type, {reinterpret_cast<const char*>(&carried), sizeof carried});
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  void put(const void* from, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  std::vector<std::byte> bytes_;
};

/// The rows in it, each in brackets.
std::string rows(NetlinkAnswer& answer, std::span<const std::byte> datagram) {
  std::string seen;
  answer.take(datagram, [&](std::span<const std::byte> row) {
    seen += "[" + std::string(reinterpret_cast<const char*>(row.data()), row.size()) + "]";
  });
  return seen;
}

}  // namespace

TEST_CASE("the rows of a dump are handed on until it is done") {
  Datagram datagram;
  datagram.add(a_row, "one").add(a_row, "two").add_errno(NLMSG_DONE, 0).add(a_row, "behind");
  NetlinkAnswer answer{.sequence = 1};
  CHECK(rows(answer, datagram.bytes()) == "[one][two]");
  CHECK(answer.over);
  CHECK(answer.error == 0);
  CHECK(answer.dump == Dump::consistent);
}

TEST_CASE("trap 18: an errno inside NLMSG_DONE is a fault, and not the end of an empty table") {
  NetlinkAnswer answer{.sequence = 1};
  CHECK(rows(answer, Datagram().add_errno(NLMSG_DONE, ENOENT).bytes()).empty());
  CHECK(answer.over);
  CHECK(answer.error == ENOENT);
}

TEST_CASE("a number that is no errno is a fault of its own") {
  NetlinkAnswer answer{.sequence = 1};
  const int smallest = std::numeric_limits<int>::min();
  rows(answer, Datagram()
                   .add(NLMSG_ERROR, {reinterpret_cast<const char*>(&smallest), sizeof smallest})
                   .bytes());
  CHECK(answer.error == EPROTO);
}

TEST_CASE("trap 19: a dump under which the table changed is inconsistent") {
  NetlinkAnswer answer{.sequence = 1};
  rows(answer, Datagram().add(a_row, "one", NLM_F_MULTI | NLM_F_DUMP_INTR).bytes());
  CHECK(answer.dump == Dump::inconsistent);
  CHECK_FALSE(answer.over);
}

TEST_CASE("what answers an earlier question is passed over") {
  Datagram datagram;
  datagram.add(a_row, "old", NLM_F_MULTI, 7).add(a_row, "new");
  NetlinkAnswer answer{.sequence = 1};
  CHECK(rows(answer, datagram.bytes()) == "[new]");
}

TEST_CASE("single rows are over when each was answered, found or not") {
  Datagram datagram;
  datagram.add(a_row, "one").add_errno(NLMSG_ERROR, ENOENT).add(a_row, "three").add(a_row, "four");
  NetlinkAnswer answer{.sequence = 1, .replies_left = 3};
  CHECK(rows(answer, datagram.bytes()) == "[one][three]");
  CHECK(answer.over);
}

TEST_CASE("a datagram that is cut short anywhere tells what is whole in it") {
  Datagram whole;
  whole.add(a_row, "one").add(a_row, "two");
  const std::size_t first = NLMSG_LENGTH(3);
  for (std::size_t size = 0; size < whole.bytes().size(); ++size) {
    CAPTURE(size);
    const std::vector<std::byte> cut(whole.bytes().begin(), whole.bytes().begin() + long(size));
    NetlinkAnswer answer{.sequence = 1};
    const bool has_both = size >= NLMSG_ALIGN(first) + first;
    CHECK(rows(answer, cut) == (has_both ? "[one][two]" : size >= first ? "[one]" : ""));
    CHECK_FALSE(answer.over);
  }
}

TEST_CASE("a message that says it is longer than two gigabytes is not whole") {
  for (const std::uint32_t length : {0x7FFFFFFFU, 0x80000000U, 0xA9A9A9A9U, 0xFFFFFFFFU}) {
    CAPTURE(length);
    nlmsghdr header{.nlmsg_len = length, .nlmsg_type = a_row, .nlmsg_seq = 1};
    const auto bytes = std::as_bytes(std::span(&header, 1));
    CHECK(first_message(bytes) == nullptr);
    NetlinkAnswer answer{.sequence = 1};
    CHECK(rows(answer, bytes).empty());
  }
}
