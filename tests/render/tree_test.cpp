#include "render/tree.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "scene.h"

using namespace ttq;
using namespace ttq::test;

namespace {

/// Client, load balancer, two web servers, one database: what breaks without the database?
Scene shop() {
  Scene scene("db1:5432", Direction::impact);
  const auto db = scene.process(scene.host("db1", "10.0.0.5"), "postgres", 700,
                                {tcp("0.0.0.0", 5432), tcp("::", 5432)});
  const auto app = scene.process(scene.host("app1", "10.0.0.4"), "gunicorn", 610);
  const auto web = scene.process(scene.host("web1", "10.0.0.3"), "nginx", 4656);
  const auto proxy = scene.process(scene.host("lb1", "10.0.0.2"), "haproxy", 812);
  const auto cron = scene.process(3, "curl", std::nullopt);
  scene.graph.nodes[db].owner.process->unit = "postgresql.service";
  scene.start(db);
  scene.edge(app, db, tcp("10.0.0.5", 5432), {"10.0.0.4"}, 50);
  scene.edge(web, app, tcp("10.0.0.4", 8000), {"10.0.0.3"}, 4);
  scene.edge(web, db, tcp("10.0.0.5", 5432), {"10.0.0.3"}, 2).evidence = Evidence::port;
  scene.edge(proxy, web, tcp("10.0.0.3", 80), {"10.0.0.2"}, 30).seen_by_target = false;
  scene.edge(cron, web, tcp("10.0.0.3", 443), {"10.0.0.2"}).connections = {.max = 1, .opened = 60};
  scene.edge(cron, web, tcp("10.0.0.3", 80), {"10.0.0.2"}).connections = {.failed = 7,
                                                                          .pending = 1};
  return scene;
}

}  // namespace

TEST_CASE("the figure of the paper as a tree") {
  CHECK(render_tree(paper_figure().graph, {}) == R"(web1: fluentd pgid=2127
├─ needed by nothing that was seen
└─ needs
   └─> log1: fluentd pgid=2001 ── 10.0.0.13:24224/tcp, 1 connection
web1: nginx pgid=4656, listens on 0.0.0.0:80/tcp
├─ needed by
│  └<─ load1: wrk pgid=5982 ── 10.0.0.10:80/tcp, 30 connections
└─ needs
   └─> app1: python pgid=6111 ── 10.0.0.12:8080/tcp, 4 connections

Needed by 1 other process on 1 host, at most 1 step away.
Needs 2 other processes on 2 hosts, at most 1 step away.
Complete: every end is explained.
Asked about 1h: 2026-01-02T03:00:00Z to 2026-01-02T04:00:00Z
Watched all of it, looking every 1s: web1, load1, app1, log1
)");
}

TEST_CASE("what breaks without the database, with a mark on all that is not certain") {
  CHECK(render_tree(shop().graph, {}) ==
        R"(db1: postgres pgid=700, postgresql.service, listens on 0.0.0.0:5432/tcp [::]:5432/tcp
├<─ app1: gunicorn pgid=610 ── 10.0.0.5:5432/tcp, 50 connections
│   └<─ web1: nginx pgid=4656 ── 10.0.0.4:8000/tcp, 4 connections (see below)
└<─ web1: nginx pgid=4656 ── 10.0.0.5:5432/tcp, 2 connections [guess]
    ├<─ lb1: curl pgid=many (12 process groups) ── 10.0.0.3:80/tcp [FAILING: 7 attempts, 1 still waiting]; 10.0.0.3:443/tcp, 60 closed connections
    └<─ lb1: haproxy pgid=812 ── 10.0.0.3:80/tcp, 30 connections [seen by the client only]

Needed by 4 other processes on 3 hosts.
guess: who connected to whom is known from the port numbers only
seen by one only: the other host answered and did not see it; a NAT, a proxy or a gap in its watch may be between
Complete: every end is explained.
Asked about 1h: 2026-01-02T03:00:00Z to 2026-01-02T04:00:00Z
Watched all of it, looking every 1s: db1, app1, web1, lb1
)");
}

TEST_CASE("traps 25 and 28: cycles end, unknown ends and gaps are told, idle processes come last") {
  Scene scene("web1");
  const auto web = scene.host("web1", "10.0.0.3");
  scene.graph.hosts[web].coverage = {
      {{scene.graph.query.span.until - std::chrono::seconds(12), scene.graph.query.span.until},
       Duration(1000),
       3,
       170}};
  const auto idle = scene.process(web, "cupsd", 99, {tcp("127.0.0.1", 631)});
  const auto nginx = scene.process(web, "nginx", 4656, {tcp("0.0.0.0", 80)});
  const auto fpm = scene.process(web, "php-fpm", 12, {tcp("127.0.0.1", 9000)});
  const auto silent =
      scene.stranger("10.0.0.99", scene.silent_host("10.0.0.99", HostState::timeout));
  scene.graph.warnings = {{"host_timeout", "10.0.0.99", "no answer within 3s"}};
  for (const auto node : {idle, nginx, fpm}) scene.start(node);
  scene.edge(nginx, fpm, tcp("127.0.0.1", 9000), {"127.0.0.1"}, 5);
  scene.edge(fpm, nginx, tcp("10.0.0.3", 80), {"10.0.0.3"}).ambiguous = true;
  scene.edge(silent, nginx, tcp("10.0.0.3", 80), {"10.0.0.99"}, 2).seen_by_source = false;
  CHECK(render_tree(scene.graph, {}) == R"(web1: nginx pgid=4656, listens on 0.0.0.0:80/tcp
├─ needed by
│  ├<─ 10.0.0.99: unknown (host gave no answer in time) ── 10.0.0.3:80/tcp, 2 connections
│  └<─ web1: php-fpm pgid=12 ── 10.0.0.3:80/tcp, 1 connection [ambiguous] (see below)
└─ needs
   └─> web1: php-fpm pgid=12 ── 127.0.0.1:9000/tcp, 5 connections (see below)
web1: php-fpm pgid=12, listens on 127.0.0.1:9000/tcp
├─ needed by
│  └<─ web1: nginx pgid=4656 ── 127.0.0.1:9000/tcp, 5 connections (see above)
└─ needs
   └─> web1: nginx pgid=4656 ── 10.0.0.3:80/tcp, 1 connection [ambiguous] (see above)
web1: cupsd pgid=99, listens on 127.0.0.1:631/tcp: no connection was seen

Needed by 1 unknown end.
Needs nothing else that was seen.
ambiguous: several processes share both ends; which of them are joined is not known
Incomplete: 1 end is not explained, 1 host gave no answer.
  ! 10.0.0.99: no answer within 3s (host_timeout)
Asked about 1h: 2026-01-02T03:00:00Z to 2026-01-02T04:00:00Z
Watched 12s of it, looking every 1s, 3 flows lost, 170 events lost: web1
)");
}

TEST_CASE("two programs of one name in one process group are told apart by their pids") {
  Scene scene("db1", Direction::impact);
  const auto db = scene.process(scene.host("db1", "10.0.0.5"), "postgres", 700);
  scene.start(db);
  const auto host = scene.host("app1", "10.0.0.4");
  for (const std::int32_t pid : {610, 611}) {
    const auto app = scene.process(host, "python3", 600);
    scene.graph.nodes[app].owner.process->key.pid = pid;
    scene.edge(app, db, tcp("10.0.0.5", 5432), {"10.0.0.4"});
  }
  const std::string tree = render_tree(scene.graph, {});
  CHECK(tree.find("app1: python3 pgid=600 pid=610 ") != std::string::npos);
  CHECK(tree.find("app1: python3 pgid=600 pid=611 ") != std::string::npos);
  CHECK(tree.find("postgres pgid=700\n") != std::string::npos);
}

TEST_CASE("a node is expanded where it is nearest to the start, whatever the depth") {
  Scene scene("a", Direction::deps, 2);
  const auto host = scene.host("h", "10.0.0.1");
  const auto a = scene.process(host, "a", 1);
  const auto b = scene.process(host, "b", 2);
  const auto c = scene.process(host, "c", 3);
  const auto d = scene.process(host, "d", 4);
  scene.start(a);
  scene.edge(a, b, tcp("10.0.0.1", 2), {"10.0.0.1"});
  scene.edge(a, c, tcp("10.0.0.1", 3), {"10.0.0.1"});
  scene.edge(b, c, tcp("10.0.0.1", 3), {"10.0.0.1"});
  scene.edge(c, d, tcp("10.0.0.1", 4), {"10.0.0.1"});
  const std::string tree = render_tree(scene.graph, {});
  CHECK(tree.substr(0, tree.find("\n\n") + 1) == R"(h: a pgid=1
├─> h: b pgid=2 ── 10.0.0.1:2/tcp, 1 connection
│   └─> h: c pgid=3 ── 10.0.0.1:3/tcp, 1 connection (see below)
└─> h: c pgid=3 ── 10.0.0.1:3/tcp, 1 connection
    └─> h: d pgid=4 ── 10.0.0.1:4/tcp, 1 connection
)");
}

TEST_CASE("colour is there only where it was asked for") {
  CHECK(render_tree(shop().graph, {}).find('\x1b') == std::string::npos);
  const std::string tree = render_tree(shop().graph, {.color = true});
  CHECK(tree.find("\x1b[1mpostgres\x1b[0m") != std::string::npos);
  CHECK(tree.find("\x1b[31m [FAILING: 7 attempts, 1 still waiting]\x1b[0m") != std::string::npos);
}

TEST_CASE("trap 29: hostile names and messages stay on their line") {
  Scene scene("a", Direction::deps);
  const auto host = scene.host("h\x1b]0;owned\a\n", "10.0.0.1");
  const auto node = scene.process(host, "\xff\r\x9b", 1);
  scene.graph.nodes[node].owner.process->unit = "a\nb.service";
  scene.start(node);
  scene.graph.warnings = {{"x\n", "y\x1b", "z\n"}};
  const std::string tree = render_tree(scene.graph, {});
  for (const char bad : {'\x1b', '\a', '\r'}) CHECK(tree.find(bad) == std::string::npos);
  CHECK(std::count(tree.begin(), tree.end(), '\n') == 7);
}

TEST_CASE("a chain of ten thousand processes neither overflows the stack nor floods the terminal") {
  Scene scene("a", Direction::deps);
  const auto host = scene.host("h", "10.0.0.1");
  const auto first = scene.process(host, "p", 1);
  scene.graph.nodes.resize(10'000, scene.graph.nodes[first]);
  scene.start(first);
  for (std::size_t i = 1; i < scene.graph.nodes.size(); ++i) {
    scene.edge(i - 1, i, tcp("127.0.0.1", 1), {"127.0.0.1"});
  }
  const std::string tree = render_tree(scene.graph, {});
  CHECK(tree.size() < 100'000);
  CHECK(tree.find("(goes deeper: -o json)") != std::string::npos);
}

TEST_CASE("trap 4: a swarm of guessed endpoints is summed up, those that fail first") {
  Scene scene("a", Direction::deps);
  const auto host = scene.host("h", "10.0.0.1");
  const auto scanner = scene.process(host, "nmap", 1);
  const auto victim = scene.stranger("10.0.0.2");
  scene.start(scanner);
  for (std::uint16_t port = 1; port <= 100; ++port) {
    scene.edge(scanner, victim, tcp("10.0.0.2", port), {"10.0.0.1"}, 0);
    scene.graph.warnings.push_back({"not_confirmed", "h", "h: port " + std::to_string(port)});
  }
  scene.graph.edges.back().connections = {.failed = 1};
  const std::string tree = render_tree(scene.graph, {});
  CHECK(tree.find("── 10.0.0.2:100/tcp [FAILED: 1 attempt]; 10.0.0.2:1/tcp") != std::string::npos);
  CHECK(tree.find("; and 94 more endpoints (-o json)\n") != std::string::npos);
  CHECK(tree.find("  ! h: and 97 more of this kind (not_confirmed)\n") != std::string::npos);
}

TEST_CASE("trap 14: an edge that fails has a mark and the count, of so many where that is known") {
  Scene scene("app1", Direction::deps);
  const auto host = scene.host("h", "10.0.0.1");
  const auto app = scene.process(host, "python", 1);
  const auto db = scene.process(host, "postgres", 2);
  scene.start(app);
  scene.edge(app, db, tcp("10.0.0.1", 5432), {"10.0.0.1"}, 3);
  const auto line = [&](const Connections& connections, std::optional<Traffic> traffic) {
    Edge& edge = scene.graph.edges[0];
    edge.connections = connections;
    edge.traffic = traffic;
    const std::string tree = render_tree(scene.graph, {});
    const auto from = tree.find("5432/tcp");
    return tree.substr(from, tree.find('\n', from) - from);
  };
  const Connections standing{.now = 3, .max = 3};
  const Connections failed{.now = 3, .max = 3, .failed = 12};
  CHECK(line(standing, Traffic{.attempts = 3}) == "5432/tcp, 3 connections");
  CHECK(line(failed, std::nullopt) == "5432/tcp, 3 connections [FAILED: 12 attempts]");
  CHECK(line(failed, Traffic{.attempts = 40}) ==
        "5432/tcp, 3 connections [FAILED: 12 of 40 attempts]");
  CHECK(line({.failed = 1}, Traffic{.attempts = 1}) == "5432/tcp [FAILED: 1 of 1 attempt]");
  CHECK(line({.failed = 12, .pending = 2}, Traffic{.attempts = 40}) ==
        "5432/tcp [FAILING: 12 of 40 attempts, 2 still waiting]");
  CHECK(line({.failed = 1, .pending = 1}, Traffic{.attempts = 1}) ==
        "5432/tcp [FAILING: 1 attempt still waiting]");
  // Some of them were before there were events.
  CHECK(line(failed, Traffic{.attempts = 11}) == "5432/tcp, 3 connections [FAILED: 12 attempts]");
  scene.graph.edges[0].traffic_mirrored = true;
  CHECK(line(failed, Traffic{.attempts = 40}) == "5432/tcp, 3 connections [FAILED: 12 attempts]");
}

TEST_CASE("an address that kept us from asking says so") {
  Scene scene("web", Direction::deps);
  const auto web = scene.process(scene.host("web", "10.0.0.1"), "agent", 1);
  scene.start(web);
  const std::pair<const char*, NotAsked> ends[] = {{"203.0.113.7", NotAsked::outside},
                                                   {"fd00:ec2::254", NotAsked::forbidden},
                                                   {"fe80::1", NotAsked::relative}};
  for (const auto& [where, why] : ends) {
    const auto end = scene.stranger(where);
    scene.graph.nodes[end].not_asked = why;
    scene.edge(web, end, tcp(where, 80), {"10.0.0.1"}).seen_by_target = false;
  }
  const std::string tree = render_tree(scene.graph, {});
  CHECK(tree.find("203.0.113.7: unknown (not asked: in no network of --allow)") !=
        std::string::npos);
  CHECK(tree.find("fd00:ec2::254: unknown (not asked: no address for that)") != std::string::npos);
  CHECK(tree.find("fe80::1: unknown (its address means another host to each)") !=
        std::string::npos);
}

TEST_CASE("trap 25: complete is said of the time that was watched only") {
  Scene scene = paper_figure();
  scene.graph.hosts[0].coverage.clear();
  const std::string tree = render_tree(scene.graph, {});
  CHECK(tree.find("Complete for the time that was watched: every end is explained.\n") !=
        std::string::npos);
  CHECK(tree.find("Watched none of it: web1\nWatched all of it, looking every 1s: load1") !=
        std::string::npos);
}

TEST_CASE("the watches of a hundred hosts take a few lines, the worst first") {
  Scene scene("h", Direction::deps);
  for (int i = 1; i <= 100; ++i) {
    const std::size_t host = scene.host("h" + std::to_string(i), "10.0.0.1");
    Span& span = scene.graph.hosts[host].coverage[0].span;
    span.until = span.since + std::chrono::seconds(i);
  }
  scene.start(scene.process(0, "p", 1));
  const std::string tree = render_tree(scene.graph, {});
  CHECK(tree.find("Watched 1s of it, looking every 1s: h1\n") != std::string::npos);
  CHECK(tree.ends_with("h6\nWatched longer: 94 hosts\n"));
}
