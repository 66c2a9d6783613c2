#include "probe/inet_diag.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "base/text.h"

using namespace ttq;

namespace {

// Laid out by hand after struct inet_diag_msg (linux/inet_diag.h), little-endian: a dual-stack
// listener on port 8080. What the running kernel sends is read in netlink_probe_test.cpp.
constexpr const char* listener_row =
    "0a0a0000"                          // AF_INET6, LISTEN
    "1f900000"                          // ports 8080, 0
    "00000000000000000000000000000000"  // ::
    "00000000000000000000000000000000"  // ::
    "00000000"
    "0700000001000000"  // interface; cookie 0x100000007
    "00000000"
    "00000000"
    "00000000"  // expires, rqueue, wqueue
    "21000000"
    "39300000"           // uid 33, inode 12345
    "05000b0000000000";  // INET_DIAG_SKV6ONLY = 0

std::vector<std::byte> bytes_of(const std::string& hex) {
  const std::string text = from_hex(hex).value();
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

}  // namespace

TEST_CASE("a row is turned into host byte order once, here") {
  const auto row = decode_row(bytes_of(listener_row), Protocol::tcp);
  REQUIRE(row);
  CHECK(row->state == SocketState::listen);
  CHECK(row->local == Endpoint{Protocol::tcp, Address{}, 8080});
  CHECK(row->remote == Endpoint{Protocol::tcp, Address{}, 0});
  CHECK(row->inode == 12345);
  CHECK(row->cookie == 0x100000007ULL);
  CHECK(row->uid == 33);
  CHECK_FALSE(row->v6only);
  CHECK_FALSE(row->counters.has_value());
}

TEST_CASE("v6only is read from its attribute") {
  std::string hex = listener_row;
  hex.replace(hex.size() - 8, 2, "01");
  CHECK(decode_row(bytes_of(hex), Protocol::tcp)->v6only);
}

TEST_CASE("trap 11: a mapped address becomes IPv4 as it is read") {
  std::string hex = listener_row;
  hex.replace(16, 32, "00000000000000000000ffff0a000001");
  CHECK(decode_row(bytes_of(hex), Protocol::tcp)->local.address.print() == "10.0.0.1");
}

TEST_CASE("a row that is cut short anywhere is either refused or read without its attributes") {
  const auto whole = bytes_of(listener_row);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto row = decode_row(std::span(whole).first(size), Protocol::tcp);
    CHECK(row.has_value() == (size >= sizeof(inet_diag_msg)));
  }
}

TEST_CASE("attributes that lie about their length are passed over") {
  for (const char* attribute :
       {"00000b00", "03000b00", "ff000b0001000000", "ffff0b00", "0400", ""}) {
    const std::string hex =
        std::string(listener_row).substr(0, 2 * sizeof(inet_diag_msg)) + attribute;
    const auto row = decode_row(bytes_of(hex), Protocol::tcp);
    REQUIRE(row);
    CHECK_FALSE(row->v6only);
  }
}

TEST_CASE("a short tcp_info of an old kernel is no evidence") {
  std::string info(8 + 2 * 64, '0');
  info.replace(0, 8, "44000200");  // INET_DIAG_INFO, 64 bytes
  const auto hex = std::string(listener_row).substr(0, 2 * sizeof(inet_diag_msg)) + info;
  CHECK_FALSE(decode_row(bytes_of(hex), Protocol::tcp)->counters.has_value());
}

TEST_CASE("a row of another family is refused") {
  std::string hex = listener_row;
  hex.replace(0, 2, "01");  // AF_UNIX
  CHECK_FALSE(decode_row(bytes_of(hex), Protocol::tcp).has_value());
}

TEST_CASE("trap 32: a dump asks for states by bit") {
  const auto request =
      dump_request({Protocol::tcp, AF_INET}, StateMask::of(SocketState::listen), WithCounters::no);
  CHECK(request.idiag_states == 1U << 10U);
  CHECK(request.idiag_ext == 0);
}

TEST_CASE("counters are asked for by both ends and the cookie") {
  Socket socket;
  socket.local = {Protocol::tcp, Address::parse("10.0.0.1").value(), 80};
  socket.remote = {Protocol::tcp, Address::parse("10.0.0.2").value(), 40000};
  socket.cookie = 0x100000007ULL;
  const auto request = counters_request(socket);
  CHECK(request.sdiag_family == AF_INET);
  CHECK(request.id.idiag_sport == htons(80));
  CHECK(request.id.idiag_src[0] == inet_addr("10.0.0.1"));
  CHECK(request.id.idiag_dst[0] == inet_addr("10.0.0.2"));
  CHECK(request.id.idiag_cookie[0] == 7);
  CHECK(request.id.idiag_cookie[1] == 1);
}
