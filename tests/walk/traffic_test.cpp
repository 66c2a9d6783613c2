// What kernel events told of an edge, on one of its sides or on both.
#include <doctest/doctest.h>

#include "support/scene.h"

using namespace ttq;
using namespace ttq::test;

namespace {

constexpr Traffic by_client{.attempts = 3, .bytes_sent = 1000, .bytes_received = 50};
constexpr Traffic by_server{.bytes_sent = 60, .bytes_received = 1100};

/// What events told that host of each of its flows in that role.
void tell(Scene& scene, const std::string& host, Role role, const Traffic& traffic) {
  for (Flow& flow : scene.at(host).flows) {
    if (flow.key.role == role) flow.traffic = traffic;
  }
}

Scene client_and_server() {
  return Scene(R"(
    app 10.0.0.1 python/1 calls 10.0.0.2:80
    web 10.0.0.2 nginx/2 listens 80
  )");
}

}  // namespace

TEST_CASE("where both sides tell the traffic, the source's word is taken and nothing added") {
  Scene scene = client_and_server();
  tell(scene, "app", Role::active, by_client);
  tell(scene, "web", Role::passive, by_server);
  for (const char* question : {"deps app", "show app"}) {
    CHECK(ask(scene, question) == R"(
*app python/1 -> web nginx/2 at 10.0.0.2:80 x1 sent=1000 received=50 attempts=3
complete
)");
  }
  CHECK(ask(scene, "impact web") == R"(
app python/1 -> *web nginx/2 at 10.0.0.2:80 x1 sent=1000 received=50 attempts=3
complete
)");
}

TEST_CASE("where events told the target alone, its word is turned round, without attempts") {
  Scene scene = client_and_server();
  Traffic told = by_server;
  told.attempts = 9;  // of which a server cannot know
  told.retransmits = 7;
  told.rtt_us_sum = 500;
  told.rtt_count = 2;
  tell(scene, "web", Role::passive, told);
  const Graph graph = walk_scene(scene, "deps app");
  REQUIRE(graph.edges.size() == 1);
  CHECK(graph.edges[0].traffic_mirrored);
  CHECK(graph.edges[0].traffic == Traffic{0, 1100, 60, 7, 500, 2});
}

TEST_CASE("where the source's host cannot be asked, the target's word is turned round") {
  Scene scene(R"(
    app 10.0.0.1 dead
    web 10.0.0.2 nginx/2 listens 80 serves 10.0.0.1 at 10.0.0.2:80
  )");
  tell(scene, "web", Role::passive, by_server);
  CHECK(ask(scene, "impact web") == R"(
10.0.0.1 -> *web nginx/2 at 10.0.0.2:80 x1 sent=1100 received=60 (mirrored) (target only)
! host_unreachable 10.0.0.1: Connection refused
incomplete
)");
}

TEST_CASE("where no event told of it, there is no traffic") {
  Scene scene = client_and_server();
  CHECK_FALSE(walk_scene(scene, "deps app").edges.at(0).traffic.has_value());
}

TEST_CASE("the traffic from all of a client's addresses is one sum, each by its best teller") {
  Scene scene(R"(
    app 10.0.0.1,10.0.0.11 python/1 calls 10.0.0.2:80 calls 10.0.0.2:80 from 10.0.0.11
    web 10.0.0.2 nginx/2 listens 80
  )");
  tell(scene, "app", Role::active, by_client);
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> web nginx/2 at 10.0.0.2:80 x2 sent=2000 received=100 attempts=6 from 2
complete
)");
  tell(scene, "web", Role::passive, by_server);
  scene.at("app").flows.back().traffic.reset();
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> web nginx/2 at 10.0.0.2:80 x2 sent=2100 received=110 (mirrored) from 2
complete
)");
}

TEST_CASE("trap 5: what happens within one host is counted once") {
  Scene scene("app 10.0.0.1 redis/2 listens 6379 python/1 calls 10.0.0.1:6379");
  tell(scene, "app", Role::active, by_client);
  tell(scene, "app", Role::passive, by_server);
  CHECK(ask(scene, "show app name=python") == R"(
*app python/1 -> app redis/2 at 10.0.0.1:6379 x1 sent=1000 received=50 attempts=3
complete
)");
}

TEST_CASE("the traffic of two clients behind one address is each client's own") {
  Scene scene(R"(
    app 10.0.0.1 curl/1 calls 10.0.0.2:80 python/3 calls 10.0.0.2:80 alone
    web 10.0.0.2 nginx/2 listens 80
  )");
  tell(scene, "web", Role::passive, by_server);
  CHECK(ask(scene, "deps app") == R"(
*app curl/1 -> web nginx/2 at 10.0.0.2:80 x1
*app python/3 -> web nginx/2 at 10.0.0.2:80 x1
complete
)");
  scene.at("app").flows.front().traffic = by_client;
  CHECK(ask(scene, "deps app") == R"(
*app curl/1 -> web nginx/2 at 10.0.0.2:80 x1 sent=1000 received=50 attempts=3
*app python/3 -> web nginx/2 at 10.0.0.2:80 x1
complete
)");
}

TEST_CASE("of one client's traffic each of two servers at one endpoint tells its own share") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls 10.0.0.2:80 alone
    web 10.0.0.2 old/2 listens 80 serves 10.0.0.1 at 10.0.0.2:80
    web new/3 listens 80 serves 10.0.0.1 at 10.0.0.2:80
  )");
  tell(scene, "app", Role::active, by_client);
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> web new/3 at 10.0.0.2:80 x1
*app python/1 -> web old/2 at 10.0.0.2:80 x1
complete
)");
  tell(scene, "web", Role::passive, by_server);
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> web new/3 at 10.0.0.2:80 x1 sent=1100 received=60 (mirrored)
*app python/1 -> web old/2 at 10.0.0.2:80 x1 sent=1100 received=60 (mirrored)
complete
)");
}

TEST_CASE("traps 23 and 25: a host that lost kernel events says so, and stays complete") {
  Scene scene("web 10.0.0.1 lost=17 nginx/1 listens 80");
  CHECK(ask(scene, "show web") == R"(
*web nginx/1
! events_lost web: web lost 17 kernel events: its next look at the sockets found the TCP connections that still stood, but shorter ones, and UDP, may be missing
complete
)");
}

TEST_CASE("the losses of every span that a host was watched in are one warning") {
  Scene scene("web 10.0.0.1 lost=1 nginx/1 listens 80");
  CHECK(ask(scene, "show web").find("web lost 1 kernel event: ") != std::string::npos);
  auto& coverage = scene.at("web").coverage;
  coverage.push_back(coverage.front());
  CHECK(ask(scene, "show web").find("web lost 2 kernel events: ") != std::string::npos);
}
