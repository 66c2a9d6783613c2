// Hosts that are asked by names, where their daemons are not at the addresses that others see.
#include "walk/peer_book.h"

#include <doctest/doctest.h>

#include "support/graph_text.h"
#include "support/scene.h"

using namespace ttq;
using namespace ttq::test;

namespace {

Address at(const std::string& text) { return Address::parse(text).value(); }

struct Entry {
  const char* address;
  const char* host;
  std::optional<std::uint16_t> port;
};

PeerBook book(std::initializer_list<Entry> entries) {
  PeerBook made;
  for (const Entry& entry : entries) {
    REQUIRE(made.add(at(entry.address), {entry.host, entry.port, "fleet.json"}));
  }
  return made;
}

WalkLimits by(std::initializer_list<Entry> entries) { return {.peers = book(entries)}; }

constexpr const char* site = R"(
  web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:5432
  db 10.0.0.2,192.168.9.2 postgres/2 listens 5432 calls 10.0.0.3:443
  far 10.0.0.3 apache/3 listens 443
)";

}  // namespace

TEST_CASE("an address that the book has a name for is asked by that name, and at its port") {
  Scene scene(site);
  scene.keep_closed("10.0.0.2");
  scene.keep_closed("10.0.0.3");
  CHECK(ask(scene, "deps web", by({{"10.0.0.2", "db.mgmt", {}}, {"10.0.0.3", "far.mgmt", 99}})) ==
        R"(
*web nginx/1 -> db postgres/2 at 10.0.0.2:5432 x1
db postgres/2 -> far apache/3 at 10.0.0.3:443 x1
complete
)");
  CHECK(scene.asked() == "\n10.0.0.1\ndb.mgmt:18870\nfar.mgmt:99\n");
}

TEST_CASE("a target that is an address of the book is asked by its name too") {
  Scene scene(site);
  scene.keep_closed("10.0.0.1");
  CHECK(ask(scene, "deps web depth=1", by({{"10.0.0.1", "web.mgmt", 7}})) == R"(
*web nginx/1 -> db postgres/2 at 10.0.0.2:5432 x1
complete
)");
  CHECK(scene.asked() == "\n10.0.0.2 for 10.0.0.1\nweb.mgmt:7\n");
}

TEST_CASE("two addresses of a host that is asked by its name are of one host") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:5432 calls 10.0.0.4:5432
    db 10.0.0.2,10.0.0.4 postgres/2 listens 5432
  )");
  scene.keep_closed("10.0.0.2");
  scene.keep_closed("10.0.0.4");
  CHECK(ask(scene, "deps web", by({{"10.0.0.2", "db.mgmt", {}}, {"10.0.0.4", "db.mgmt", {}}})) ==
        R"(
*web nginx/1 -> db postgres/2 at 10.0.0.2:5432 x1
*web nginx/1 -> db postgres/2 at 10.0.0.4:5432 x1
complete
)");
}

TEST_CASE("the administrator's word is enough for a public address, and for no other beside it") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 203.0.113.7:443 calls 203.0.113.8:443
    far 203.0.113.7 apache/3 listens 443
    out 203.0.113.8 apache/4 listens 443
  )");
  CHECK(ask(scene, "deps web", by({{"203.0.113.7", "far.mgmt", {}}})) == R"(
*web nginx/1 -> far apache/3 at 203.0.113.7:443 x1
*web nginx/1 -> 203.0.113.8 at 203.0.113.8:443 x1 (source only)
! not_allowed 203.0.113.8: 203.0.113.8 was not asked: it is in no network that may be asked (--allow)
incomplete
)");
}

TEST_CASE("who answers to the name and does not have the address is not taken for it") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:5432 alone
    new 10.0.0.9 postgres/9 listens 5432
  )");
  CHECK(ask(scene, "deps web", by({{"10.0.0.2", "new.mgmt", {}}})) == R"(
*web nginx/1 -> 10.0.0.2 at 10.0.0.2:5432 x1 (source only)
! host_untrusted 10.0.0.2: new.mgmt: new answers there, and does not have 10.0.0.2 as fleet.json says
incomplete
)");
}

TEST_CASE("nor is he as the target, or by his claims") {
  Scene scene(R"(
    new 10.0.0.9,10.0.0.5 postgres/9 listens 5432
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:5432 alone calls 10.0.0.5:5432 alone
  )");
  scene.keep_closed("10.0.0.5");
  CHECK(ask(scene, "deps web", by({{"10.0.0.2", "new.mgmt", {}}})).find("-> new") ==
        std::string::npos);
  CHECK(ask(scene, "deps web", by({{"10.0.0.1", "new.mgmt", {}}})) ==
        "\n! host_untrusted 10.0.0.1: new.mgmt: new answers there, and does not have 10.0.0.1 as "
        "fleet.json says\nincomplete\n");
}

TEST_CASE("what keeps a name from answering is told with it") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:5432 alone
  )");
  CHECK(ask(scene, "deps web", by({{"10.0.0.2", "gone.mgmt", {}}})) == R"(
*web nginx/1 -> 10.0.0.2 at 10.0.0.2:5432 x1 (source only)
! host_unreachable 10.0.0.2: gone.mgmt: No route to host
incomplete
)");
}

TEST_CASE("questions at a port of the book are the tool's own as well") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:5432
    web ttq/9 calls 10.0.0.2:99
    db 10.0.0.2 postgres/2 listens 5432
    db ttracerd/3 listens 99
  )");
  CHECK(ask(scene, "show web", by({{"10.0.0.2", "db.mgmt", 99}})) == R"(
*web nginx/1 -> db postgres/2 at 10.0.0.2:5432 x1
complete
)");
  CHECK(ask(scene, "show web self", by({{"10.0.0.2", "db.mgmt", 99}})).find("ttracerd/3") !=
        std::string::npos);
}

TEST_CASE("a port of the book hides nothing that nobody says is the tool's") {
  const WalkLimits limits = by({{"10.0.0.2", "db.mgmt", 99}, {"192.168.9.9", "far.mgmt", 8443}});
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 8443
    web ?time_wait serves 10.0.0.2 at 10.0.0.1:8443 x7
    web ?time_wait calls 10.0.0.2:99 x3
    db 10.0.0.2 postgres/2 listens 99
    db ?time_wait calls 10.0.0.1:8443 alone
  )");
  CHECK(ask(scene, "show web", limits) == R"(
*web nginx/1
*web 10.0.0.1?time_wait -> db postgres/2 at 10.0.0.2:99 x3
db 10.0.0.2?time_wait -> *web 10.0.0.1?time_wait at 10.0.0.1:8443 x7
! owner_unknown db: db cannot name the process at its end of 10.0.0.2 to 10.0.0.1:8443: time_wait
! owner_unknown web: web cannot name the process at its end of 10.0.0.1 to 10.0.0.2:99: time_wait
! owner_unknown web: web cannot name the process at its end of 10.0.0.2 to 10.0.0.1:8443: time_wait
incomplete
)");
}

TEST_CASE(
    "nor by a name where the book has another port, or where the other end has another name") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:5432
    web ttq/8 calls 10.0.0.2:8443
    web ttq/9 calls 10.0.0.2:99
    db 10.0.0.2 postgres/2 listens 5432
    db apache/3 listens 8443
    db apache/4 listens 99
  )");
  const WalkLimits limits = by({{"10.0.0.2", "db.mgmt", 99}, {"192.168.9.9", "far.mgmt", 8443}});
  CHECK(ask(scene, "impact db", limits) == R"(
web nginx/1 -> *db postgres/2 at 10.0.0.2:5432 x1
web ttq/8 -> *db apache/3 at 10.0.0.2:8443 x1
web ttq/9 -> *db apache/4 at 10.0.0.2:99 x1
complete
)");
}

TEST_CASE(
    "what is asked at an address that the book does not list is the tool's own by its names") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:5432
    web ttq/9 calls 192.168.9.2:99
    db 10.0.0.2,192.168.9.2 postgres/2 listens 5432
    db ttracerd/3 listens 99
  )");
  CHECK(ask(scene, "show web", by({{"10.0.0.2", "db.mgmt", 99}})) == R"(
*web nginx/1 -> db postgres/2 at 10.0.0.2:5432 x1
complete
)");
}

TEST_CASE(
    "an address is in the book for one place, and never one that means another host to each") {
  PeerBook one = book({{"10.0.0.2", "db.mgmt", 99}});
  CHECK(one.add(at("10.0.0.2"), {"db.mgmt", 99, "other.json"}));
  CHECK(one.add(at("10.0.0.2"), {"db2.mgmt", 99, "other.json"}).error().message ==
        "10.0.0.2 is that of db2.mgmt port 99 here, and of db.mgmt port 99 in fleet.json");
  CHECK_FALSE(one.add(at("10.0.0.2"), {"db.mgmt", 98, "other.json"}));
  for (const char* relative : {"127.0.0.1", "::1", "0.0.0.0", "fe80::1", "224.0.0.1"}) {
    CHECK_FALSE(one.add(at(relative), {"db.mgmt", 99, "other.json"}));
  }
}

TEST_CASE("a book that lies above another wins, address by address") {
  PeerBook all = book({{"10.0.0.2", "db.mgmt", 99}, {"10.0.0.3", "far.mgmt", {}}});
  all.overlay(book({{"10.0.0.2", "own.mgmt", {}}}));
  CHECK(all.find(at("10.0.0.2"))->host == "own.mgmt");
  CHECK(all.find(at("10.0.0.3"))->host == "far.mgmt");
  CHECK(all.find(at("10.0.0.4")) == nullptr);
}
