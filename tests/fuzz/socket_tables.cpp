// /proc/net/tcp, tcp6, udp and udp6.
#include "fuzz.h"
#include "probe/procfs_table.h"

using namespace ttq;

namespace {

void check(std::string_view line) {
  const auto socket = parse_table_line(line, Protocol::tcp);
  if (!socket) return;
  fuzz::require(socket->cookie != 0, "a socket has a cookie");
  fuzz::require(parse_table_line(line, Protocol::tcp)->cookie == socket->cookie,
                "a cookie stays the same");
  const Address& address = socket->local.address;
  fuzz::require(Address::parse(address.print()) == address, "an address can be printed");
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  while (!bytes.empty()) check(take_line(bytes));
}
