#include "flow/connection_book.h"

#include <doctest/doctest.h>

#include "watched_host.h"

using namespace ttq;
using test::curl;
using test::nginx;
using test::process;
using test::WatchedHost;

namespace {

const Process system_init = process("systemd", 1);

}  // namespace

TEST_CASE("what stands at the first look is held, and not counted as opened") {
  WatchedHost host;
  host.listens("0.0.0.0:80", nginx);
  host.connects("10.0.0.1:80", "10.0.0.2:40000", nginx);
  host.look();
  CHECK(host.lines() == "passive 10.0.0.1:80 < 10.0.0.2 nginx/7 now=1 max=1 listener\n");
}

TEST_CASE("trap 20: connections are counted by cookie, once each") {
  WatchedHost host;
  host.listens("0.0.0.0:80", nginx);
  host.look();
  const auto first = host.connects("10.0.0.1:80", "10.0.0.2:40000", nginx);
  host.connects("10.0.0.1:80", "10.0.0.2:40001", nginx);
  host.look();
  host.look();
  host.goes(first);
  host.look();
  CHECK(host.lines() ==
        "passive 10.0.0.1:80 < 10.0.0.2 nginx/7 now=1 max=2 opened=2 closed=1 listener\n");
}

TEST_CASE("the ephemeral port is folded away, the client's address is not") {
  WatchedHost host;
  host.look();
  host.connects("10.0.0.1:40000", "10.0.0.9:5432", curl);
  host.connects("10.0.0.1:40001", "10.0.0.9:5432", curl);
  host.connects("10.0.0.3:40000", "10.0.0.9:5432", curl);
  host.look();
  CHECK(host.lines() ==
        "active 10.0.0.9:5432 < 10.0.0.1 curl/8 now=2 max=2 opened=2 port\n"
        "active 10.0.0.9:5432 < 10.0.0.3 curl/8 now=1 max=1 opened=1 port\n");
}

TEST_CASE("trap 2: a direction that was decided stays when the listener goes away") {
  WatchedHost host;
  const auto listener = host.listens("0.0.0.0:50051", nginx);
  host.connects("10.0.0.1:50051", "10.0.0.2:33000", nginx);
  host.look();
  host.goes(listener);
  host.look();
  host.next_window();
  CHECK(host.lines() == "passive 10.0.0.1:50051 < 10.0.0.2 nginx/7 now=1 max=1 listener\n");
}

TEST_CASE("trap 3: two processes to one server are two flows") {
  WatchedHost host;
  host.connects("10.0.0.1:40000", "10.0.0.9:5432", curl);
  host.connects("10.0.0.1:40001", "10.0.0.9:5432", nginx);
  host.look();
  CHECK(host.lines() ==
        "active 10.0.0.9:5432 < 10.0.0.1 curl/8 now=1 max=1 port\n"
        "active 10.0.0.9:5432 < 10.0.0.1 nginx/7 now=1 max=1 port\n");
}

TEST_CASE("trap 9: a shared connection belongs to each of its owners") {
  WatchedHost host;
  const auto shared = host.connects("10.0.0.1:40000", "10.0.0.9:5432", curl);
  host.owner(shared, {Owner::of(nginx), Owner::of(curl)});
  host.look();
  CHECK(host.lines() ==
        "active 10.0.0.9:5432 < 10.0.0.1 curl/8 now=1 max=1 port\n"
        "active 10.0.0.9:5432 < 10.0.0.1 nginx/7 now=1 max=1 port\n");
}

TEST_CASE("trap 8: an un-accepted connection belongs to its listener") {
  WatchedHost host;
  host.listens("0.0.0.0:80", nginx);
  host.look();
  host.leaves(SocketState::established, "10.0.0.1:80", "10.0.0.2:40000");
  host.look();
  CHECK(host.lines() == "passive 10.0.0.1:80 < 10.0.0.2 nginx/7 now=1 max=1 opened=1 listener\n");
}

TEST_CASE("trap 8: once accepted, it belongs to whoever accepted it, and is counted once") {
  WatchedHost host;
  host.listens("0.0.0.0:80", system_init);
  host.look();
  const auto accepted = host.leaves(SocketState::established, "10.0.0.1:80", "10.0.0.2:40000");
  host.look();
  host.socket(accepted).inode = 4711;
  host.owner(accepted, {Owner::of(nginx)});
  host.look();
  CHECK(host.lines() == "passive 10.0.0.1:80 < 10.0.0.2 nginx/7 now=1 max=1 opened=1 listener\n");
}

TEST_CASE("trap 8: a listener that nobody is known to hold leaves the un-accepted one unknown") {
  WatchedHost host;
  const auto listener = host.listens("0.0.0.0:80", nginx);
  host.owner(listener, {Owner::nobody(UnknownOwner::no_permission)});
  host.leaves(SocketState::established, "10.0.0.1:80", "10.0.0.2:40000");
  host.look();
  CHECK(host.lines() == "passive 10.0.0.1:80 < 10.0.0.2 ?not_accepted now=1 max=1 listener\n");
}

TEST_CASE("a passive connection that closes before its owner is found is its listener's") {
  WatchedHost host;
  host.listens("0.0.0.0:80", nginx);
  host.look();
  const auto brief = host.connects("10.0.0.1:80", "10.0.0.2:40000", nginx);
  host.owner(brief, {Owner::nobody(UnknownOwner::kernel)});
  host.look();
  CHECK(host.lines() == "passive 10.0.0.1:80 < 10.0.0.2 nginx/7 now=1 max=1 opened=1 listener\n");
}

TEST_CASE("trap 19: a row that an inconsistent dump lacks has not closed") {
  WatchedHost host;
  host.look();
  const auto connection = host.connects("10.0.0.1:40000", "10.0.0.9:80", curl);
  host.look();
  const Socket missed = host.socket(connection);
  host.goes(connection);
  host.snapshots_are_consistent(false);
  host.look();
  host.snapshots_are_consistent(true);
  host.returns(missed);
  host.look();
  CHECK(host.lines() == "active 10.0.0.9:80 < 10.0.0.1 curl/8 now=1 max=1 opened=1 port\n");
}

TEST_CASE("trap 13: a half-closed connection still stands") {
  WatchedHost host;
  const auto connection = host.connects("10.0.0.1:40000", "10.0.0.9:80", curl);
  host.look();
  for (const auto state : {SocketState::close_wait, SocketState::last_ack}) {
    host.socket(connection).state = state;
    host.look();
  }
  CHECK(host.lines() == "active 10.0.0.9:80 < 10.0.0.1 curl/8 now=1 max=1 port\n");
}

TEST_CASE("an orphan keeps the owner that it had") {
  WatchedHost host;
  const auto connection = host.connects("10.0.0.1:40000", "10.0.0.9:80", curl);
  host.look();
  host.socket(connection).state = SocketState::fin_wait1;
  host.socket(connection).inode = 0;
  host.look();
  CHECK(host.lines() == "active 10.0.0.9:80 < 10.0.0.1 curl/8 now=1 max=1 port\n");
}

TEST_CASE("an orphan that was never seen alive has an owner that exited") {
  WatchedHost host;
  host.leaves(SocketState::fin_wait1, "10.0.0.1:40000", "10.0.0.9:80");
  host.look();
  CHECK(host.lines() == "active 10.0.0.9:80 < 10.0.0.1 ?exited now=1 max=1 port\n");
}

TEST_CASE("trap 14: a connect without an answer is a failing dependency") {
  WatchedHost host;
  host.look();
  host.attempts("10.0.0.1:40000", "10.0.0.9:5432", curl);
  host.look();
  CHECK(host.lines() == "active 10.0.0.9:5432 < 10.0.0.1 curl/8 failed=1 pending=1 handshake\n");
}

TEST_CASE("trap 14: an attempt that gives up stays failed, one that is answered has not failed") {
  WatchedHost host;
  host.look();
  const auto given_up = host.attempts("10.0.0.1:40000", "10.0.0.9:5432", curl);
  const auto answered = host.attempts("10.0.0.1:40001", "10.0.0.9:80", curl);
  host.look();
  host.goes(given_up);
  host.socket(answered).state = SocketState::established;
  host.look();
  CHECK(host.lines() ==
        "active 10.0.0.9:5432 < 10.0.0.1 curl/8 failed=1 handshake\n"
        "active 10.0.0.9:80 < 10.0.0.1 curl/8 now=1 max=1 opened=1 handshake\n");
}

TEST_CASE("a reason why nobody holds it is given only when it was looked for twice") {
  WatchedHost host;
  host.look();
  const auto brief = host.connects("10.0.0.1:40000", "10.0.0.9:80", curl);
  const auto lasting = host.connects("10.0.0.1:40001", "10.0.0.9:2049", curl);
  for (const auto cookie : {brief, lasting}) {
    host.owner(cookie, {Owner::nobody(UnknownOwner::kernel)});
  }
  host.look();
  host.goes(brief);
  host.look();
  CHECK(host.lines() ==
        "active 10.0.0.9:2049 < 10.0.0.1 ?kernel now=1 max=1 opened=1 port\n"
        "active 10.0.0.9:80 < 10.0.0.1 ?exited max=1 opened=1 closed=1 port\n");
}

TEST_CASE("an owner that was not found at first is named when it is") {
  WatchedHost host;
  host.look();
  const auto connection = host.connects("10.0.0.1:40000", "10.0.0.9:80", curl);
  host.owner(connection, {Owner::nobody(UnknownOwner::kernel)});
  host.look();
  host.owner(connection, {Owner::of(curl)});
  host.look();
  CHECK(host.lines() == "active 10.0.0.9:80 < 10.0.0.1 curl/8 now=1 max=1 opened=1 port\n");
}

TEST_CASE("trap 7: a connection that was handed on is counted for its new owner from then on") {
  WatchedHost host;
  const auto connection = host.connects("10.0.0.1:40000", "10.0.0.9:80", curl);
  host.look();
  host.next_window();
  host.owner(connection, {Owner::of(nginx)});
  host.look();
  CHECK(host.lines() == "active 10.0.0.9:80 < 10.0.0.1 nginx/7 now=1 max=1 port\n");
}

TEST_CASE("trap 12: a connected UDP socket is a flow, a merely bound one is not") {
  WatchedHost host;
  host.listens("0.0.0.0:53", nginx, Protocol::udp);
  host.listens("0.0.0.0:40000", curl, Protocol::udp);
  host.connects("10.0.0.1:40001", "10.0.0.9:53", curl, Protocol::udp);
  host.look();
  CHECK(host.lines() == "active udp 10.0.0.9:53 < 10.0.0.1 curl/8 now=1 max=1 port\n");
}

TEST_CASE("a UDP socket that is connected to another peer is another connection") {
  WatchedHost host;
  const auto client = host.connects("10.0.0.1:40001", "10.0.0.9:53", curl, Protocol::udp);
  host.look();
  host.socket(client).remote = test::endpoint("10.0.0.8:53", Protocol::udp);
  host.look();
  CHECK(host.lines() ==
        "active udp 10.0.0.8:53 < 10.0.0.1 curl/8 now=1 max=1 opened=1 port\n"
        "active udp 10.0.0.9:53 < 10.0.0.1 curl/8 max=1 closed=1 port\n");
}

TEST_CASE("trap 5: both ends of a connection on one host are two flows with one name") {
  WatchedHost host;
  host.listens("127.0.0.1:9000", nginx);
  host.connects("127.0.0.1:9000", "127.0.0.1:40000", nginx);
  host.connects("127.0.0.1:40000", "127.0.0.1:9000", curl);
  host.look();
  CHECK(host.lines() ==
        "active 127.0.0.1:9000 < 127.0.0.1 curl/8 now=1 max=1 listener\n"
        "passive 127.0.0.1:9000 < 127.0.0.1 nginx/7 now=1 max=1 listener\n");
}

TEST_CASE("trap 19: a row that comes twice, since the dump was repeated, is one connection") {
  WatchedHost host;
  host.look();
  const auto connection = host.connects("10.0.0.1:40000", "10.0.0.9:80", curl);
  host.returns(host.socket(connection));
  host.look();
  host.look();
  CHECK(host.lines() == "active 10.0.0.9:80 < 10.0.0.1 curl/8 now=1 max=1 opened=1 port\n");
}

TEST_CASE("an attempt whose owner was not found at first is counted for it when it is") {
  WatchedHost host;
  host.look();
  const auto attempt = host.attempts("10.0.0.1:40000", "10.0.0.9:5432", curl);
  host.owner(attempt, {Owner::nobody(UnknownOwner::kernel)});
  host.look();
  CHECK(host.connections().unknown_owners() == 1);
  host.owner(attempt, {Owner::of(curl)});
  host.look();
  CHECK(host.lines() == "active 10.0.0.9:5432 < 10.0.0.1 curl/8 failed=1 pending=1 handshake\n");
  CHECK(host.connections().unknown_owners() == 0);
  host.goes(attempt);
  host.look();
  CHECK(host.lines() == "active 10.0.0.9:5432 < 10.0.0.1 curl/8 failed=1 handshake\n");
}

TEST_CASE("a socket is closed when its connection is over, or has lost its inode") {
  WatchedHost host;
  const auto gone = host.connects("10.0.0.1:40000", "10.0.0.9:80", curl);
  const auto orphan = host.connects("10.0.0.1:40001", "10.0.0.9:80", curl);
  const std::vector<Inode> inodes{host.socket(orphan).inode, host.socket(gone).inode};
  host.look();
  CHECK(host.connections().closed().empty());
  host.socket(orphan).state = SocketState::fin_wait1;
  host.socket(orphan).inode = 0;
  host.goes(gone);
  host.look();
  CHECK(host.connections().closed() == inodes);
}

TEST_CASE("a host with very many connections is met in pieces, and none of them counts as opened") {
  constexpr std::size_t many = ConnectionBook::max_newcomers + 10;
  WatchedHost host;
  for (std::size_t i = 0; i < many; ++i) {
    const auto address = "10." + std::to_string(i / 60'000) + ".0.9:80";
    host.connects("10.0.0.1:" + std::to_string(1000 + i % 60'000), address, curl);
  }
  host.look();
  CHECK(host.connections().backlog() == 10);
  host.look();
  CHECK(host.connections().backlog() == 0);
  host.connects("10.0.0.1:999", "10.0.0.9:80", curl);
  host.look();
  CHECK(host.lines() ==
        "active 10.0.0.9:80 < 10.0.0.1 curl/8 now=60001 max=60001 opened=1 port\n"
        "active 10.1.0.9:80 < 10.0.0.1 curl/8 now=5546 max=5546 port\n");
}
