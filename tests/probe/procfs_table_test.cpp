#include "probe/procfs_table.h"

#include <doctest/doctest.h>

using namespace ttq;

TEST_CASE("a line of /proc/net/tcp is a socket") {
  const auto socket = parse_table_line(
      "   1: 0100007F:1F90 0200000A:9C40 01 00000000:00000000 02:000A7214 00000000    33        0 "
      "12345 2 0000000000000000 20 4 30 10 -1",
      Protocol::tcp);
  REQUIRE(socket);
  CHECK(print_endpoint(socket->local) == "127.0.0.1:8080");
  CHECK(print_endpoint(socket->remote) == "10.0.0.2:40000");
  CHECK(socket->state == SocketState::established);
  CHECK(socket->uid == 33);
  CHECK(socket->inode == 12345);
  CHECK(socket->cookie != 0);
}

TEST_CASE("a line of /proc/net/tcp6 is words in host byte order") {
  const auto socket = parse_table_line(
      "   0: 0000000000000000FFFF00000100000A:0050 B80D0120000000000000000001000000:9C40 0A "
      "00000000:00000000 00:00000000 00000000     0        0 7 1 0 100 0 0 10 0",
      Protocol::tcp);
  REQUIRE(socket);
  CHECK(print_endpoint(socket->local) == "10.0.0.1:80");
  CHECK(print_endpoint(socket->remote) == "[2001:db8::1]:40000");
  CHECK(socket->state == SocketState::listen);
}

TEST_CASE("headings and broken lines are passed over") {
  for (const char* bad :
       {"",
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
        "timeout inode",
        "0: 0100007F 0200000A:9C40 01 0:0 0:0 0 33 0 12345",
        "0: XX00007F:1F90 0200000A:9C40 01 0 0 0 33 0 1 2",
        "0: 0100007F:1F90 0200000A:9C40 01 00000000:00000000 02:000A7214 00000000 33 0"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_table_line(bad, Protocol::tcp).has_value());
  }
}
