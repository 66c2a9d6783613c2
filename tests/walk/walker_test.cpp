#include "walk/walker.h"

#include <doctest/doctest.h>

#include "support/scene.h"

using namespace ttq;
using namespace ttq::test;

namespace {

constexpr auto figure = R"(
  web 10.0.0.10 nginx/4656 listens 80 calls 10.0.0.12:8080
  web fluentd/2127 calls 10.0.0.13:24224
  client 10.0.0.11 wrk/5982 calls 10.0.0.10:80 x30
  app 10.0.0.12 python/6111 listens 8080
  log 10.0.0.13 fluentd/2001 listens 24224
)";

constexpr auto chain_of_five = R"(
  a 10.0.0.1 wrk/11 calls 10.0.0.2:80
  b 10.0.0.2 haproxy/12 listens 80 calls 10.0.0.3:80
  c 10.0.0.3 nginx/13 listens 80 calls 10.0.0.4:8080
  d 10.0.0.4 app/14 listens 8080 calls 10.0.0.5:5432
  e 10.0.0.5 postgres/15 listens 5432
)";

}  // namespace

TEST_CASE("the paper's figure: who is around nginx at depth 1") {
  Scene scene(figure);
  CHECK(ask(scene, "show web") == R"(
*web fluentd/2127 -> log fluentd/2001 at 10.0.0.13:24224 x1
*web nginx/4656 -> app python/6111 at 10.0.0.12:8080 x1
client wrk/5982 -> *web nginx/4656 at 10.0.0.10:80 x30
complete
)");
}

TEST_CASE("each host is asked once, and in one step for its share alone") {
  Scene scene(figure);
  ask(scene, "show web");
  CHECK(scene.asked() == R"(
10.0.0.10
10.0.0.11 for 10.0.0.10
10.0.0.12 for 10.0.0.10
10.0.0.13 for 10.0.0.10
)");
}

TEST_CASE("a chain of five hosts: the impact of its end is all of it") {
  Scene scene(chain_of_five);
  CHECK(ask(scene, "impact e") == R"(
d app/14 -> *e postgres/15 at 10.0.0.5:5432 x1
c nginx/13 -> d app/14 at 10.0.0.4:8080 x1
b haproxy/12 -> c nginx/13 at 10.0.0.3:80 x1
a wrk/11 -> b haproxy/12 at 10.0.0.2:80 x1
complete
)");
}

TEST_CASE("a chain of five hosts: its start needs all of it") {
  Scene scene(chain_of_five);
  CHECK(ask(scene, "deps a") == R"(
*a wrk/11 -> b haproxy/12 at 10.0.0.2:80 x1
b haproxy/12 -> c nginx/13 at 10.0.0.3:80 x1
c nginx/13 -> d app/14 at 10.0.0.4:8080 x1
d app/14 -> e postgres/15 at 10.0.0.5:5432 x1
complete
)");
}

TEST_CASE("a walk waits twice, for its target and for all the others, however deep it goes") {
  // Else every step could meet a host that hangs, and wait for it.
  Scene scene(chain_of_five);
  ask(scene, "deps a");
  CHECK(scene.rounds() == 2);
}

TEST_CASE("of a host that is one step away only what it has to do with the target is asked") {
  Scene scene(R"(
    web 10.0.0.1,10.1.0.1 nginx/1 listens 80 calls 10.0.0.2:80
    app 10.0.0.2 python/2 listens 80 calls 10.0.0.1:80 calls 10.0.0.3:80
    db 10.0.0.3 postgres/3 listens 80
  )");
  ask(scene, "deps web depth=1");
  CHECK(scene.asked() == "\n10.0.0.1\n10.0.0.2 for 10.0.0.1\n");
}

TEST_CASE("all of it is asked where the target speaks from two addresses, or the walk goes on") {
  Scene scene(R"(
    web 10.0.0.1,10.1.0.1 nginx/1 listens 80 calls 10.0.0.2:80 calls 10.0.0.3:80 from 10.1.0.1
    app 10.0.0.2 python/2 listens 80
    db 10.0.0.3 postgres/3 listens 80
  )");
  constexpr auto whole = "\n10.0.0.1\n10.0.0.2\n10.0.0.3\n";
  ask(scene, "show web");
  CHECK(scene.asked() == whole);
  Scene deeper(chain_of_five);
  ask(deeper, "deps a depth=2");
  CHECK(deeper.asked() == whole);
}

TEST_CASE("no further than the depth, in graph or in questions") {
  Scene scene(chain_of_five);
  CHECK(ask(scene, "impact e depth=2") == R"(
d app/14 -> *e postgres/15 at 10.0.0.5:5432 x1
c nginx/13 -> d app/14 at 10.0.0.4:8080 x1
complete
)");
  CHECK(scene.asked().find("10.0.0.2") == std::string::npos);
}

TEST_CASE("up and down are two walks that never mix") {
  // What b's other client calls is none of c's business.
  Scene scene(R"(
    a 10.0.0.1 wrk/11 calls 10.0.0.2:80 calls 10.0.0.9:53
    b 10.0.0.2 haproxy/12 listens 80 calls 10.0.0.3:80 calls 10.0.0.8:80
    c 10.0.0.3 nginx/13 listens 80
    dns 10.0.0.9 named/14 listens 53
    other 10.0.0.8 nginx/15 listens 80
  )");
  CHECK(ask(scene, "show c depth=5") == R"(
b haproxy/12 -> *c nginx/13 at 10.0.0.3:80 x1
a wrk/11 -> b haproxy/12 at 10.0.0.2:80 x1
complete
)");
}

TEST_CASE("the walk follows processes, not hosts") {
  // cron runs on the same host as the client, and has clients of its own.
  Scene scene(R"(
    db 10.0.0.1 postgres/1 listens 5432
    app 10.0.0.2 python/2 listens 8080 calls 10.0.0.1:5432
    app exporter/3 listens 9100
    web 10.0.0.3 nginx/4 calls 10.0.0.2:8080
    prom 10.0.0.4 prometheus/5 calls 10.0.0.2:9100
  )");
  CHECK(ask(scene, "impact db") == R"(
app python/2 -> *db postgres/1 at 10.0.0.1:5432 x1
web nginx/4 -> app python/2 at 10.0.0.2:8080 x1
complete
)");
  CHECK(scene.asked().find("10.0.0.4") == std::string::npos);
}

TEST_CASE("trap 28: a cycle ends") {
  Scene scene(R"(
    a 10.0.0.1 one/1 listens 80 calls 10.0.0.2:80
    b 10.0.0.2 two/2 listens 80 calls 10.0.0.3:80
    c 10.0.0.3 three/3 listens 80 calls 10.0.0.1:80
  )");
  CHECK(ask(scene, "impact a") == R"(
*a one/1 -> b two/2 at 10.0.0.2:80 x1
c three/3 -> *a one/1 at 10.0.0.1:80 x1
b two/2 -> c three/3 at 10.0.0.3:80 x1
complete
)");
}

TEST_CASE("trap 28: a process that calls itself is an edge to itself") {
  Scene scene("a 10.0.0.1 one/1 listens 80 calls 10.0.0.1:80 calls 127.0.0.1:80");
  CHECK(ask(scene, "show a depth=9") == R"(
*a one/1 -> *a one/1 at 10.0.0.1:80 x1
*a one/1 -> *a one/1 at 127.0.0.1:80 x1
complete
)");
}

TEST_CASE("trap 28: a host with many addresses is one host, each of them asked once") {
  Scene scene(R"(
    db 10.0.0.1,10.1.0.1,2001:db8::1 postgres/1 listens 10.0.0.1:5432 10.1.0.1:5432
    app 10.0.0.2 python/2 calls 10.0.0.1:5432 calls 10.1.0.1:5432
  )");
  CHECK(ask(scene, "deps app") == R"(
*app python/2 -> db postgres/1 at 10.0.0.1:5432 x1
*app python/2 -> db postgres/1 at 10.1.0.1:5432 x1
complete
)");
  CHECK(scene.asked() == R"(
10.0.0.1
10.0.0.2
10.1.0.1 unless 1
)");
}

TEST_CASE("a client with two addresses makes one edge of both") {
  Scene scene(R"(
    db 10.0.0.1 postgres/1 listens 5432
    app 10.0.0.2,10.1.0.2 python/2 calls 10.0.0.1:5432 x3 calls 10.0.0.1:5432 from 10.1.0.2 x4
  )");
  CHECK(ask(scene, "impact db") == R"(
app python/2 -> *db postgres/1 at 10.0.0.1:5432 x7 from 2
complete
)");
}

TEST_CASE("trap 5: both ends on one host are one edge") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 127.0.0.1:9000 x5
    web php-fpm/2 listens 127.0.0.1:9000 calls 10.0.0.1:6379
    web redis/3 listens 6379
  )");
  CHECK(ask(scene, "show web") == R"(
*web nginx/1 -> *web php-fpm/2 at 127.0.0.1:9000 x5
*web php-fpm/2 -> *web redis/3 at 10.0.0.1:6379 x1
complete
)");
  CHECK(ask(scene, "impact web:6379") == R"(
web nginx/1 -> web php-fpm/2 at 127.0.0.1:9000 x5
web php-fpm/2 -> *web redis/3 at 10.0.0.1:6379 x1
complete
)");
}

TEST_CASE("trap 6: the loopbacks of two hosts are not joined") {
  Scene scene(R"(
    a 10.0.0.1 redis/1 listens 127.0.0.1:6379
    a php/2 calls 127.0.0.1:6379 calls 10.0.0.2:80
    b 10.0.0.2 redis/3 listens 127.0.0.1:6379
    b nginx/4 listens 80 calls 127.0.0.1:6379
  )");
  CHECK(ask(scene, "impact a:6379") == R"(
a php/2 -> *a redis/1 at 127.0.0.1:6379 x1
complete
)");
}

TEST_CASE("trap 6: nor are those of two network namespaces of one host") {
  Scene scene(R"(
    a 10.0.0.1 redis/1 listens 127.0.0.1:6379
    a php/2 calls 127.0.0.1:6379 alone
  )");
  for (Flow& flow : scene.at("a").flows) flow.key.netns += 1;
  CHECK(ask(scene, "deps a name=php") == R"(
*a php/2 -> a 127.0.0.1 at 127.0.0.1:6379 x1 (source only)
! not_confirmed a: a accepts nothing and listens to nothing from 127.0.0.1 to 127.0.0.1:6379: a NAT, load balancer or proxy may be between, or they were too short for its polling
incomplete
)");
}

TEST_CASE("traps 3 and 30: two client processes of one host are two edges") {
  Scene scene(R"(
    db 10.0.0.1 postgres/1 listens 5432 serves 10.0.0.2 at 10.0.0.1:5432 x5
    app 10.0.0.2 php-fpm/2 calls 10.0.0.1:5432 alone x3
    app cron/3 calls 10.0.0.1:5432 alone x2
  )");
  CHECK(ask(scene, "impact db") == R"(
app cron/3 -> *db postgres/1 at 10.0.0.1:5432 x2
app php-fpm/2 -> *db postgres/1 at 10.0.0.1:5432 x3
complete
)");
}

TEST_CASE("trap 10: SO_REUSEPORT, two processes accept what one sends, each its part") {
  Scene scene(R"(
    web 10.0.0.1 old/1 listens 80 serves 10.0.0.2 at 10.0.0.1:80 x2
    web new/2 listens 80 serves 10.0.0.2 at 10.0.0.1:80 x3
    lb 10.0.0.2 haproxy/3 calls 10.0.0.1:80 alone x5
  )");
  constexpr auto both = R"(
lb haproxy/3 -> *web new/2 at 10.0.0.1:80 x3
lb haproxy/3 -> *web old/1 at 10.0.0.1:80 x2
complete
)";
  CHECK(ask(scene, "impact web:80") == both);
}

TEST_CASE("several processes at each end: every pair, since which are joined is not known") {
  Scene scene(R"(
    web 10.0.0.1 old/1 listens 80 serves 10.0.0.2 at 10.0.0.1:80 x2
    web new/2 listens 80 serves 10.0.0.2 at 10.0.0.1:80 x3
    lb 10.0.0.2 haproxy/3 calls 10.0.0.1:80 alone x4
    lb curl/4 calls 10.0.0.1:80 alone x1
  )");
  CHECK(ask(scene, "impact web name=new") == R"(
lb curl/4 -> *web new/2 at 10.0.0.1:80 x1 (ambiguous)
lb haproxy/3 -> *web new/2 at 10.0.0.1:80 x4 (ambiguous)
complete
)");
}

TEST_CASE("one process at each end: polling undercounts, so the larger count is right") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 serves 10.0.0.2 at 10.0.0.1:80 x2
    lb 10.0.0.2 haproxy/3 calls 10.0.0.1:80 alone x5
  )");
  CHECK(ask(scene, "impact web") == "\nlb haproxy/3 -> *web nginx/1 at 10.0.0.1:80 x5\ncomplete\n");
}

TEST_CASE("folded groups are one node without a pgid") {
  Scene scene(R"(
    api 10.0.0.1 nginx/1 listens 80
    box 10.0.0.2 curl*100 calls 10.0.0.1:80
  )");
  CHECK(ask(scene, "impact api") == "\nbox curl*100 -> *api nginx/1 at 10.0.0.1:80 x1\ncomplete\n");
}

TEST_CASE("trap 27: a clock that is an hour ahead is asked and heard in its own time") {
  Scene scene(R"(
    db 10.0.0.1 postgres/1 listens 5432
    app 10.0.0.2 clock=1h python/2 calls 10.0.0.1:5432
  )");
  const Graph graph = walk_scene(scene, "impact db");
  REQUIRE(graph.edges.size() == 1);
  CHECK(graph.edges[0].seen_by_source);
  CHECK(graph.edges[0].first_seen == scene_now - std::chrono::minutes(20));
  CHECK(graph.edges[0].last_seen == scene_now - std::chrono::minutes(10));
  CHECK(graph.hosts[1].clock_offset == std::chrono::hours(1));
  CHECK(graph.hosts[1].coverage == std::vector<Coverage>{{.span = scene_span}});
}

TEST_CASE("the same world gives the same ids and the same order, however it is asked") {
  Scene scene(chain_of_five);
  const Graph graph = walk_scene(scene, "impact e");
  CHECK(graph.nodes[0].id == "e-id/15.15.1");
  CHECK(ask(scene, "impact e", {.concurrency = 1}) == ask(scene, "impact e", {.concurrency = 9}));
}
