// What a look finds where events should have told it before.
#include <doctest/doctest.h>

#include "watched_host.h"

using namespace ttq;
using test::curl;
using test::WatchedHost;

namespace {

const std::string call = "active 10.0.0.9:5432 < 10.0.0.1 curl/8 ";

/// Curl calls out after the first look, and no event has told it.
struct SurprisedHost : WatchedHost {
  explicit SurprisedHost(Protocol proto = Protocol::tcp) {
    expect_events();
    look();
    found = connects("10.0.0.1:40000", "10.0.0.9:5432", curl, proto);
  }
  std::uint64_t found = 0;
};

}  // namespace

TEST_CASE("a connection that no event has told is not taken in at once") {
  SurprisedHost host;
  host.look();
  CHECK(host.lines().empty());
}

TEST_CASE("a connection that no event tells is taken in at its second look, and counted as such") {
  SurprisedHost host;
  host.look();
  host.look();
  CHECK(host.lines() == call + "now=1 max=1 opened=1 port\n");
  CHECK(host.connections().unannounced() == 1);
}

TEST_CASE("a connection that is told by the second look is as good as any") {
  SurprisedHost host;
  host.look();
  host.knows(curl);
  host.happens(call + "attempts=1 opened=1 peak=1");
  host.takes_over(host.found, call);
  host.look();
  CHECK(host.lines() == call + "now=1 max=1 opened=1 attempts=1 event\n");
  CHECK(host.connections().unannounced() == 0);
}

TEST_CASE("a connection that a look misses in between begins anew") {
  SurprisedHost host;
  host.look();
  const Socket missed = host.socket(host.found);
  host.goes(host.found);
  host.look();
  host.returns(missed);
  host.look();
  CHECK(host.connections().size() == 0);
}

TEST_CASE("trap 19: a row that comes twice is one connection that no event has told") {
  SurprisedHost host;
  host.returns(host.socket(host.found));
  host.look();
  host.look();
  CHECK(host.connections().unannounced() == 1);
}

TEST_CASE("what stood at the first look needs no event") {
  WatchedHost host;
  host.expect_events();
  host.connects("10.0.0.1:40000", "10.0.0.9:5432", curl);
  host.look();
  CHECK(host.lines() == call + "now=1 max=1 port\n");
  CHECK(host.connections().unannounced() == 0);
}

TEST_CASE("of UDP no event is expected") {
  SurprisedHost host(Protocol::udp);
  host.look();
  CHECK(host.connections().size() == 1);
  CHECK(host.connections().unannounced() == 0);
}

TEST_CASE("without events a look takes in what it finds") {
  WatchedHost host;
  host.look();
  host.connects("10.0.0.1:40000", "10.0.0.9:5432", curl);
  host.look();
  CHECK(host.lines() == call + "now=1 max=1 opened=1 port\n");
  CHECK(host.connections().unannounced() == 0);
}
