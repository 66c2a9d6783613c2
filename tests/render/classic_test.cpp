#include "render/classic.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "scene.h"

using namespace ttq;
using namespace ttq::test;

TEST_CASE("the figure of the paper, byte for byte") {
  CHECK(render_classic(paper_figure().graph) == R"(10.0.0.10:80 ('nginx', pgid=4656)
└<-- 10.0.0.11:many ('wrk', pgid=5982)
10.0.0.10:80 ('nginx', pgid=4656)
└--> 10.0.0.12:8080 ('python', pgid=6111)
10.0.0.10:many ('fluentd', pgid=2127)
└--> 10.0.0.13:24224 ('fluentd', pgid=2001)
)");
}

TEST_CASE("scripts that read the figure are not told of failures, traffic and lost events") {
  Scene scene = paper_figure();
  const std::string before = render_classic(scene.graph);
  for (GraphHost& host : scene.graph.hosts) host.coverage[0].lost = 9;
  for (Edge& edge : scene.graph.edges) {
    edge.connections.failed = 12;
    edge.traffic = Traffic{.attempts = 40, .bytes_sent = 1000};
  }
  CHECK(render_classic(scene.graph) == before);
}

TEST_CASE("an empty graph prints nothing") { CHECK(render_classic(Graph{}).empty()); }

TEST_CASE("a process is known by the port that was asked about, else by its lowest") {
  Scene scene("web:8443", Direction::deps, 1);
  const auto web = scene.host("web", "10.0.0.10");
  const auto db = scene.process(scene.host("db", "10.0.0.20"), "postgres", 7);
  const auto nginx = scene.process(web, "nginx", 4, {tcp("10.0.0.10", 80), tcp("::", 8443)});
  scene.start(nginx);
  scene.edge(nginx, db, tcp("10.0.0.20", 5432), {"10.0.0.10"});
  CHECK(render_classic(scene.graph).starts_with("10.0.0.10:8443 ('nginx', pgid=4)\n"));
  scene.graph.query.target = "web";
  CHECK(render_classic(scene.graph).starts_with("10.0.0.10:80 ('nginx', pgid=4)\n"));
  scene.graph.query.target = "2001:db8::8443";
  CHECK(render_classic(scene.graph).starts_with("10.0.0.10:80 ('nginx', pgid=4)\n"));
}

TEST_CASE("a port that is bound on another address, or to UDP only, is not lent to this one") {
  Scene scene("web", Direction::deps, 1);
  const auto web = scene.host("web", "10.0.0.10");
  const auto db = scene.process(scene.host("db", "10.0.0.20"), "postgres", 7);
  const auto app = scene.process(web, "app", 4, {tcp("127.0.0.1", 80), udp("0.0.0.0", 53)});
  scene.start(app);
  scene.edge(app, db, tcp("10.0.0.20", 5432), {"10.0.0.10"});
  CHECK(render_classic(scene.graph).starts_with("10.0.0.10:many ('app', pgid=4)\n"));
}

TEST_CASE(
    "lines are sorted by number, one for each client address, and the same line stands once") {
  Scene scene("web", Direction::impact, 1);
  const auto web = scene.host("web", "10.0.0.10");
  const auto nginx = scene.process(web, "nginx", 4, {tcp("::", 80)});
  const auto curl = scene.process(scene.host("a", "10.0.0.9"), "curl", std::nullopt);
  const auto wrk = scene.process(scene.host("b", "2001:db8::9"), "wrk", 10);
  const auto wrk2 = scene.process(1, "wrk", 9);
  scene.start(nginx);
  scene.edge(wrk, nginx, tcp("2001:db8::1", 80), {"2001:db8::9"});
  scene.edge(curl, nginx, tcp("10.0.0.10", 80), {"10.0.0.9", "10.0.0.110"});
  scene.edge(wrk2, nginx, tcp("10.0.0.10", 80), {"10.0.0.9"});
  scene.edge(wrk2, nginx, tcp("10.0.0.10", 80), {"10.0.0.9"});
  CHECK(render_classic(scene.graph) == R"(10.0.0.10:80 ('nginx', pgid=4)
└<-- 10.0.0.9:many ('curl', pgid=many)
└<-- 10.0.0.9:many ('wrk', pgid=9)
└<-- 10.0.0.110:many ('curl', pgid=many)
[2001:db8::1]:80 ('nginx', pgid=4)
└<-- [2001:db8::9]:many ('wrk', pgid=10)
)");
}

TEST_CASE("trap 25: an end that nobody explained says why") {
  Scene scene("web", Direction::both, 1);
  const auto nginx = scene.process(scene.host("web", "10.0.0.10"), "nginx", 4);
  scene.start(nginx);
  const auto silent =
      scene.stranger("10.0.0.99", scene.silent_host("10.0.0.99", HostState::unreachable));
  const auto nat = scene.stranger("10.0.0.98");
  const auto gone = scene.stranger("10.0.0.97", scene.host("c", "10.0.0.97"));
  scene.graph.nodes[gone].owner = Owner::nobody(UnknownOwner::time_wait);
  for (const auto node : {silent, nat, gone}) {
    scene.edge(node, nginx, tcp("10.0.0.10", 80), {scene.graph.nodes[node].address->print()});
  }
  scene.edge(nginx, silent, udp("10.0.0.99", 53), {"10.0.0.10"});
  CHECK(render_classic(scene.graph) == R"(10.0.0.10:80 ('nginx', pgid=4)
└<-- 10.0.0.97:many (unknown: time_wait)
└<-- 10.0.0.98:many (unknown: not confirmed)
└<-- 10.0.0.99:many (unknown: unreachable)
10.0.0.10:many ('nginx', pgid=4)
└--> 10.0.0.99:53/udp (unknown: unreachable)
)");
}

TEST_CASE("beyond one step the further nodes follow, and a cycle ends") {
  Scene scene("a", Direction::deps);
  const auto a = scene.process(scene.host("a", "10.0.0.1"), "a", 1);
  const auto b = scene.process(scene.host("b", "10.0.0.2"), "b", 2, {tcp("0.0.0.0", 20)});
  scene.start(a);
  scene.edge(b, a, tcp("10.0.0.1", 10), {"10.0.0.2"});
  scene.edge(a, b, tcp("10.0.0.2", 20), {"10.0.0.1"});
  const std::string first = "10.0.0.1:many ('a', pgid=1)\n└--> 10.0.0.2:20 ('b', pgid=2)\n";
  CHECK(render_classic(scene.graph) ==
        first + "10.0.0.2:20 ('b', pgid=2)\n└--> 10.0.0.1:10 ('a', pgid=1)\n");
  scene.graph.query.depth = 1;
  CHECK(render_classic(scene.graph) == first);
}

TEST_CASE("trap 29: a name with escape codes does not reach the terminal") {
  Scene scene("a", Direction::deps);
  const auto a = scene.process(scene.host("a", "10.0.0.1"), "\x1b[2J\n'", 1);
  scene.start(a);
  scene.edge(a, a, tcp("127.0.0.1", 10), {"127.0.0.1"});
  const std::string printed = render_classic(scene.graph);
  CHECK(printed.find('\x1b') == std::string::npos);
  CHECK(std::count(printed.begin(), printed.end(), '\n') == 2);
}
