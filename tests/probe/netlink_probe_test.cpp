// The probe against the kernel that runs the test, on loopback sockets made here.
#include "probe/netlink_probe.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "loopback.h"

using namespace ttq;
using test::connect_to;
using test::Connection;
using test::inode_of;
using test::port_of;

namespace {

NetlinkProbe netlink_probe() {
  auto handle = NetlinkHandle::open();
  REQUIRE(handle);
  return {std::move(*handle), "/proc"};
}

/// A look, and the rows that it was shown.
struct Look : Snapshot {
  std::vector<Socket> sockets;
};

std::optional<Look> look(NetlinkProbe& probe, Remains remains = Remains::left_out) {
  Look seen;
  auto snapshot = probe.look(remains, [&](const Socket& s) { seen.sockets.push_back(s); });
  if (!snapshot) return std::nullopt;
  static_cast<Snapshot&>(seen) = *snapshot;
  return seen;
}

const Socket* find(const Look& look, std::uint64_t inode) {
  const auto found = std::find_if(look.sockets.begin(), look.sockets.end(),
                                  [&](const Socket& s) { return s.inode == inode; });
  return found == look.sockets.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> score(const Socket& socket) {
  if (!socket.counters) return std::nullopt;
  const TcpCounters& tcp = *socket.counters;
  return tcp.bytes_acked + (tcp.write_queue - tcp.notsent) - (tcp.bytes_sent - tcp.bytes_retrans);
}

}  // namespace

TEST_CASE("trap 11: both ends of an IPv4 connection to a dual-stack listener are found, as IPv4") {
  const Connection connection;
  NetlinkProbe probe = netlink_probe();
  const auto snapshot = look(probe);
  REQUIRE(snapshot);
  CHECK(snapshot->netns != 0);
  const Socket* listener = find(*snapshot, inode_of(connection.listener));
  const Socket* client = find(*snapshot, inode_of(connection.client));
  const Socket* accepted = find(*snapshot, inode_of(connection.accepted));
  REQUIRE(listener);
  REQUIRE(client);
  REQUIRE(accepted);
  CHECK(listener->state == SocketState::listen);
  CHECK_FALSE(listener->v6only);
  CHECK(client->state == SocketState::established);
  CHECK(client->local == accepted->remote);
  CHECK(client->remote == accepted->local);
  CHECK(accepted->local.address.print() == "127.0.0.1");
  CHECK(client->cookie != accepted->cookie);
}

TEST_CASE("the kernel counts the SYN of the side that connected") {
  const Connection connection;
  REQUIRE(::send(connection.client.get(), "hello", 5, 0) == 5);
  NetlinkProbe probe = netlink_probe();
  const auto snapshot = look(probe);
  REQUIRE(snapshot);
  std::vector<Socket> sockets{*find(*snapshot, inode_of(connection.client)),
                              *find(*snapshot, inode_of(connection.accepted))};
  probe.measure(sockets);
  CHECK(score(sockets[0]) == 1);
  CHECK(score(sockets[1]) == 0);
}

TEST_CASE("many sockets are measured by one dump, with the same answer") {
  const Connection connection;
  NetlinkProbe probe = netlink_probe();
  const auto snapshot = look(probe);
  REQUIRE(snapshot);
  std::vector<Socket> sockets(1000, *find(*snapshot, inode_of(connection.accepted)));
  for (std::size_t i = 1; i < sockets.size(); ++i) sockets[i].cookie = i;  // gone meanwhile
  probe.measure(sockets);
  CHECK(score(sockets[0]) == 0);
}

TEST_CASE("a socket that went away meanwhile is left unmeasured") {
  NetlinkProbe probe = netlink_probe();
  std::vector<Socket> sockets;
  {
    const Connection connection;
    sockets.push_back(*find(*look(probe), inode_of(connection.accepted)));
  }
  probe.measure(sockets);
  CHECK_FALSE(sockets[0].counters.has_value());
  CHECK(look(probe).has_value());  // and the next answer is not mistaken for the last
}

TEST_CASE("trap 18: a dump that fails inside NLMSG_DONE is a fault, and not an empty table") {
  auto handle = NetlinkHandle::open();
  REQUIRE(handle);
  // The kernel begins the dump, finds no such protocol, and says so at the end of it.
  auto request =
      dump_request({Protocol::tcp, AF_INET}, StateMask::of(SocketState::listen), WithCounters::no);
  request.sdiag_protocol = IPPROTO_ESP;
  const auto dumped = handle->dump(request, [](std::span<const std::byte>) {});
  REQUIRE_FALSE(dumped);
  CHECK(dumped.error().message.starts_with("dump sockets: "));
}

TEST_CASE("trap 18: without sock_diag the same sockets are read from /proc/net, and that is said") {
  const Connection connection;
  const UniqueFd udp = connect_to(9, SOCK_DGRAM);
  NetlinkProbe netlink = netlink_probe();
  NetlinkProbe procfs(std::nullopt, "/proc");
  const auto by_netlink = look(netlink);
  const auto by_procfs = look(procfs);
  REQUIRE(by_netlink);
  REQUIRE(by_procfs);
  for (const UniqueFd* fd :
       {&connection.listener, &connection.client, &connection.accepted, &udp}) {
    const Socket* expected = find(*by_netlink, inode_of(*fd));
    const Socket* actual = find(*by_procfs, inode_of(*fd));
    REQUIRE(expected);
    REQUIRE(actual);
    CHECK(actual->local == expected->local);
    CHECK(actual->remote == expected->remote);
    CHECK(actual->state == expected->state);
    CHECK(actual->uid == expected->uid);
  }
  CHECK(by_netlink->source == "netlink");
  CHECK(by_netlink->degradations.empty());
  CHECK(by_procfs->source == "procfs");
  CHECK(by_procfs->degradations.size() == 4);
  CHECK(by_procfs->degradations[0].find("/proc/net/tcp") != std::string::npos);
}

TEST_CASE("where nothing can be read there is a fault, and not an empty host") {
  NetlinkProbe probe(std::nullopt, "/nonexistent");
  CHECK_FALSE(look(probe).has_value());
}

TEST_CASE("TIME_WAIT is told only when it is asked for") {
  std::uint16_t port = 0;
  std::uint16_t client_port = 0;
  {
    Connection connection;
    port = port_of(connection.listener);
    client_port = port_of(connection.client);
    connection.client = UniqueFd();  // who closes first keeps it
  }
  NetlinkProbe probe = netlink_probe();
  const auto remains = [&](Remains asked) {
    const auto seen = look(probe, asked);
    return std::count_if(seen->sockets.begin(), seen->sockets.end(), [&](const Socket& s) {
      return s.state == SocketState::time_wait && s.remote.port == port &&
             s.local.port == client_port;
    });
  };
  CHECK(remains(Remains::left_out) == 0);
  CHECK(remains(Remains::asked_for) == 1);
}
