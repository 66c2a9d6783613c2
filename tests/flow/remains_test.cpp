// What remains of connections whose sockets are gone: TIME_WAIT, and FIN_WAIT2 without an inode.
#include <doctest/doctest.h>

#include "flow/connection_book.h"
#include "watched_host.h"

using namespace ttq;
using test::curl;
using test::nginx;
using test::WatchedHost;

TEST_CASE("trap 8: TIME_WAIT of a connection that we knew is its end, and nothing more") {
  WatchedHost host;
  host.listens("0.0.0.0:80", nginx);
  host.look();
  const auto connection = host.connects("10.0.0.1:80", "10.0.0.2:40000", nginx);
  host.look();
  host.goes(connection);
  host.leaves(SocketState::time_wait, "10.0.0.1:80", "10.0.0.2:40000");
  host.look();
  host.look();
  CHECK(host.lines() ==
        "passive 10.0.0.1:80 < 10.0.0.2 nginx/7 max=1 opened=1 closed=1 listener\n");
}

TEST_CASE(
    "trap 8: TIME_WAIT of a connection that nobody saw counts for the flow of its ports, once") {
  WatchedHost host;
  host.listens("0.0.0.0:80", nginx);
  host.look();
  host.leaves(SocketState::time_wait, "10.0.0.1:80", "10.0.0.2:40000");
  host.leaves(SocketState::fin_wait2, "10.0.0.1:80", "10.0.0.2:40001");  // a stub without an inode
  host.look();
  host.look();
  CHECK(host.lines() ==
        "passive 10.0.0.1:80 < 10.0.0.2 nginx/7 max=1 opened=2 closed=2 listener\n");
}

TEST_CASE("trap 20: what is left of a connection under its own cookie is not a second one") {
  WatchedHost host;
  host.look();
  const auto connection = host.connects("10.0.0.1:40000", "10.0.0.9:80", curl);
  host.look();
  host.socket(connection).inode = 0;
  for (const auto state :
       {SocketState::fin_wait2, SocketState::time_wait, SocketState::time_wait}) {
    host.socket(connection).state = state;
    host.look();
  }
  host.goes(connection);
  host.look();
  CHECK(host.lines() == "active 10.0.0.9:80 < 10.0.0.1 curl/8 max=1 opened=1 closed=1 port\n");
}

TEST_CASE("trap 8: our own TIME_WAIT is nobody's, even where one process alone uses the flow") {
  WatchedHost host;  // another, shorter-lived one may have made it
  host.connects("10.0.0.1:40000", "10.0.0.9:5432", curl);
  host.look();
  host.leaves(SocketState::time_wait, "10.0.0.1:40001", "10.0.0.9:5432");
  host.look();
  CHECK(host.lines() ==
        "active 10.0.0.9:5432 < 10.0.0.1 ?time_wait max=1 opened=1 closed=1 port\n"
        "active 10.0.0.9:5432 < 10.0.0.1 curl/8 now=1 max=1 port\n");
}

TEST_CASE(
    "trap 4: TIME_WAIT between two ephemeral ports on loopback is counted, and not guessed at") {
  WatchedHost host;
  host.look();
  host.leaves(SocketState::time_wait, "127.0.0.1:40000", "127.0.0.1:40001");
  host.look();
  CHECK(host.lines() == "");
  CHECK(host.connections().undecided() == 1);
}

TEST_CASE("TIME_WAIT from before the first look shows the flow, and counts nothing") {
  WatchedHost host;
  host.listens("0.0.0.0:80", nginx);
  host.leaves(SocketState::time_wait, "10.0.0.1:80", "10.0.0.2:40000");
  host.look();
  CHECK(host.lines() == "passive 10.0.0.1:80 < 10.0.0.2 nginx/7 listener\n");
}

TEST_CASE("trap 8: TIME_WAIT that is looked at every few looks is still told from what we knew") {
  WatchedHost host;
  host.listens("0.0.0.0:80", nginx);
  host.look();
  const auto connection = host.connects("10.0.0.1:80", "10.0.0.2:40000", nginx);
  host.look(Remains::left_out);
  host.goes(connection);
  host.leaves(SocketState::time_wait, "10.0.0.1:80", "10.0.0.2:40000");
  host.leaves(SocketState::fin_wait2, "10.0.0.1:80", "10.0.0.3:40000");  // nobody saw this one
  host.look(Remains::left_out);
  host.look(Remains::left_out);
  host.look(Remains::asked_for);
  host.look(Remains::left_out);
  host.look(Remains::asked_for);
  CHECK(host.lines() ==
        "passive 10.0.0.1:80 < 10.0.0.2 nginx/7 max=1 opened=1 closed=1 listener\n"
        "passive 10.0.0.1:80 < 10.0.0.3 nginx/7 max=1 opened=1 closed=1 listener\n");
}

TEST_CASE(
    "trap 2: TIME_WAIT of a server that has gone since the last look at them is still its own") {
  WatchedHost host;
  host.look();
  const auto server = host.listens("0.0.0.0:50051", nginx);
  host.look(Remains::left_out);
  host.goes(server);
  host.look(Remains::left_out);
  host.leaves(SocketState::time_wait, "10.0.0.1:50051", "10.0.0.2:40000");
  host.look(Remains::asked_for);
  CHECK(host.lines() ==
        "passive 10.0.0.1:50051 < 10.0.0.2 nginx/7 max=1 opened=1 closed=1 listener\n");
}

TEST_CASE("trap 4: TIME_WAIT between two ephemeral ports whose server nobody saw is no guess") {
  WatchedHost host;
  host.look();
  host.leaves(SocketState::time_wait, "10.0.0.1:50051", "10.0.0.2:40000");
  host.look();
  CHECK(host.lines() == "");
  CHECK(host.connections().undecided() == 1);
}

TEST_CASE("a TIME_WAIT row that comes twice is one connection") {
  WatchedHost host;
  host.listens("0.0.0.0:80", nginx);
  host.look();
  for (int i = 0; i < 2; ++i) host.leaves(SocketState::time_wait, "10.0.0.1:80", "10.0.0.2:40000");
  host.look();
  CHECK(host.lines() ==
        "passive 10.0.0.1:80 < 10.0.0.2 nginx/7 max=1 opened=1 closed=1 listener\n");
}
