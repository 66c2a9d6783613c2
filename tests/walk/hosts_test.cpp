// Hosts that fail, claim to be others, or were not watched.
#include <doctest/doctest.h>

#include "support/graph_text.h"
#include "support/scene.h"

using namespace ttq;
using namespace ttq::test;

TEST_CASE("hosts that are dead, hang, or answer garbage are marked, and the rest is there") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:1 calls 10.0.0.3:1 calls 10.0.0.4:1
    web calls 10.0.0.5:1 calls 10.0.0.6:1
    dead1 10.0.0.2 dead
    hang1 10.0.0.3 hanging
    junk1 10.0.0.4 garbage
    deny1 10.0.0.5 denied
    good1 10.0.0.6 app/2 listens 1
  )");
  CHECK(ask(scene, "deps web") == R"(
*web nginx/1 -> good1 app/2 at 10.0.0.6:1 x1
*web nginx/1 -> 10.0.0.2 at 10.0.0.2:1 x1 (source only)
*web nginx/1 -> 10.0.0.3 at 10.0.0.3:1 x1 (source only)
*web nginx/1 -> 10.0.0.4 at 10.0.0.4:1 x1 (source only)
*web nginx/1 -> 10.0.0.5 at 10.0.0.5:1 x1 (source only)
! host_denied 10.0.0.5: HTTP 403
! host_timeout 10.0.0.3: no answer in 3s
! host_unreachable 10.0.0.2: Connection refused
! host_untrusted 10.0.0.4: not JSON
incomplete
)");
}

TEST_CASE("a host that says who it is and then hangs has both its name and its state") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:80
    app 10.0.0.2 forgetful python/2 listens 80
  )");
  const Graph graph = walk_scene(scene, "deps web");
  REQUIRE(graph.hosts.size() == 2);
  CHECK(graph.hosts[1].name == "app");
  CHECK(graph.hosts[1].state == HostState::timeout);
  CHECK(print_graph(graph) == R"(
*web nginx/1 -> app 10.0.0.2 at 10.0.0.2:80 x1 (source only)
! host_timeout app: no answer in 3s
incomplete
)");
}

TEST_CASE("a target that does not answer is a graph of nothing, with the reason") {
  Scene scene("web 10.0.0.1 dead");
  CHECK(ask(scene, "show web") ==
        "\n! host_unreachable 10.0.0.1: Connection refused\nincomplete\n");
}

TEST_CASE("a host that does not say who it is, is not believed") {
  Scene scene("web 10.0.0.1 id= nginx/1 listens 80");
  CHECK(ask(scene, "show web") ==
        "\n! host_untrusted web: it does not say who it is\nincomplete\n");
}

TEST_CASE("no more hosts are asked than allowed") {
  Scene scene(R"(
    a 10.0.0.1 one/1 calls 10.0.0.2:80 calls 10.0.0.3:80 calls 10.0.0.4:80
    b 10.0.0.2 two/2 listens 80
    c 10.0.0.3 three/3 listens 80
    d 10.0.0.4 four/4 listens 80
  )");
  CHECK(ask(scene, "deps a", {.max_hosts = 2}) == R"(
*a one/1 -> b two/2 at 10.0.0.2:80 x1
*a one/1 -> 10.0.0.3 at 10.0.0.3:80 x1 (source only)
*a one/1 -> 10.0.0.4 at 10.0.0.4:80 x1 (source only)
! budget_exceeded 10.0.0.3: not asked: the limit of 2 hosts was reached
! budget_exceeded 10.0.0.4: not asked: the limit of 2 hosts was reached
incomplete
)");
  CHECK(scene.asked().find("10.0.0.3") == std::string::npos);
}

TEST_CASE("a walk that is stopped, or out of time, prints what it has") {
  Scene scene(R"(
    a 10.0.0.1 one/1 calls 10.0.0.2:80
    b 10.0.0.2 two/2 listens 80
  )");
  std::atomic<bool> stop = false;
  const auto stop_after_target = [&](const Progress& progress) { stop = progress.answered == 1; };
  const Target target{.address = {.host = "10.0.0.1"}, .text = "a"};
  const WalkQuery query{.direction = Direction::deps, .depth = {}, .span = scene_span};
  const Clocks clocks{[] { return scene_now; }, [] { return Deadline{}; }};
  const Graph graph = walk(scene, target, query, {}, clocks, {stop_after_target, &stop});
  REQUIRE(graph.hosts.size() == 2);
  CHECK(graph.hosts[0].state == HostState::ok);
  CHECK(graph.hosts[1].state == HostState::budget);
  CHECK(graph.hosts[1].message == "not asked: the walk was stopped");
  CHECK_FALSE(graph.complete);

  Deadline now{};
  const Clocks slow{[&] { return scene_now + std::chrono::floor<Duration>(now - Deadline{}); },
                    [&] { return now += std::chrono::seconds(7); }};
  const WalkLimits one_at_a_time{.concurrency = 1};
  CHECK(print_graph(walk(scene, target, query, one_at_a_time, slow)) == R"(
*a one/1 -> 10.0.0.2 at 10.0.0.2:80 x1 (source only)
! budget_exceeded 10.0.0.2: not asked: the walk's 30s were over
incomplete
)");
}

TEST_CASE("two hosts of one id are kept apart, and that is said") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80
    app1 10.0.0.2 id=same instance=1 python/7 calls 10.0.0.1:80
    app2 10.0.0.3 id=same instance=2 python/7 calls 10.0.0.1:80
  )");
  const Graph graph = walk_scene(scene, "impact web");
  CHECK(print_graph(graph) == R"(
app1 python/7 -> *web nginx/1 at 10.0.0.1:80 x1
app2 python/7 -> *web nginx/1 at 10.0.0.1:80 x1
! duplicate_host_id app1: several hosts say that they are same: app1 (10.0.0.2), app2 (10.0.0.3); give one another --host-id
incomplete
)");
  CHECK(graph.nodes[1].id == "same~1/7.7.1");
  CHECK(graph.nodes[2].id == "same~2/7.7.1");
}

TEST_CASE("one address that two hosts have: each means itself by it") {
  Scene scene(R"(
    web 10.0.0.1,172.17.0.1 nginx/1 listens 80 calls 172.17.0.1:6379
    web redis/2 listens 6379
    app 10.0.0.2,172.17.0.1 python/3 calls 10.0.0.1:80 calls 172.17.0.1:6379
    app redis/4 listens 6379
  )");
  CHECK(ask(scene, "impact web") == R"(
*web nginx/1 -> *web redis/2 at 172.17.0.1:6379 x1
app python/3 -> *web nginx/1 at 10.0.0.1:80 x1
! address_claimed_twice web: several hosts have the address 172.17.0.1: web (10.0.0.1), app (10.0.0.2)
complete
)");
  CHECK(scene.asked().find("172.17.0.1") == std::string::npos);
}

TEST_CASE("whoever is at an address that another claims is heard all the same") {
  // That they say they are one instance of two hosts must not hide what the other has to tell.
  Scene scene(R"(
    web 10.0.0.1 nginx/1 calls 10.0.0.3:80 calls 10.0.0.4:80
    liar 10.0.0.3,10.0.0.4 sshd/2 listens 80
    honest 10.0.0.4 python/3 listens 80 calls 10.0.0.3:80
  )");
  CHECK(ask(scene, "deps web") == R"(
*web nginx/1 -> liar sshd/2 at 10.0.0.3:80 x1
*web nginx/1 -> honest python/3 at 10.0.0.4:80 x1
honest python/3 -> liar sshd/2 at 10.0.0.3:80 x1
! address_claimed_twice liar: several hosts have the address 10.0.0.4: liar (10.0.0.3), honest (10.0.0.4)
complete
)");
  CHECK(scene.asked() == "\n10.0.0.1\n10.0.0.3\n10.0.0.4\n10.0.0.4 unless 1\n");
}

TEST_CASE("an address without a daemon is the one host's that has it, as its flows confirm") {
  Scene scene(R"(
    web 10.0.0.1,fd00::1 nginx/1 listens [::]:80
    app 10.0.0.2,fd00::2 python/3 calls 10.0.0.1:80 calls [fd00::1]:80 from fd00::2
  )");
  scene.keep_closed("fd00::2");
  CHECK(ask(scene, "impact web") == R"(
app python/3 -> *web nginx/1 at 10.0.0.1:80 x1
app python/3 -> *web nginx/1 at [fd00::1]:80 x1
! address_by_claim app: app says that it has fd00::2, where nobody answers; it is taken at its word
complete
)");
}

TEST_CASE("an address without a daemon that two hosts have is nobody's") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80
    app 10.0.0.2,10.9.0.1 python/2 calls 10.0.0.1:80 calls 10.0.0.1:80 from 10.9.0.1
    job 10.0.0.3,10.9.0.1 cron/3 calls 10.0.0.1:80
  )");
  scene.keep_closed("10.9.0.1");
  CHECK(ask(scene, "impact web") == R"(
app python/2 -> *web nginx/1 at 10.0.0.1:80 x1
job cron/3 -> *web nginx/1 at 10.0.0.1:80 x1
10.9.0.1 -> *web nginx/1 at 10.0.0.1:80 x1 (target only)
! address_claimed_twice app: several hosts have the address 10.9.0.1: app (10.0.0.2), job (10.0.0.3)
! host_unreachable 10.9.0.1: Connection refused
incomplete
)");
}

TEST_CASE("the machine we run on is known by its addresses, though only its own door is open") {
  Scene scene(R"(
    here 10.0.0.1 one/1 listens 80 calls 10.0.0.2:80
    there 10.0.0.2 two/2 listens 80 calls 10.0.0.1:80
  )");
  CHECK(ask(scene, "deps /here") == R"(
*here one/1 -> there two/2 at 10.0.0.2:80 x1
there two/2 -> *here one/1 at 10.0.0.1:80 x1
complete
)");
  CHECK(scene.asked() == "\n/here\n10.0.0.2\n");
}

TEST_CASE("but a link-local address of ours is not what another host means by it") {
  Scene scene(R"(
    here 10.0.0.1,fe80::1 one/1 listens 80 calls 10.0.0.2:80
    there 10.0.0.2 two/2 listens 80 calls [fe80::1]:80 alone
  )");
  CHECK(ask(scene, "deps /here") == R"(
*here one/1 -> there two/2 at 10.0.0.2:80 x1
there two/2 -> fe80::1 at [fe80::1]:80 x1 (source only)
! not_confirmed fe80::1: fe80::1 cannot be asked: it means another host to each
incomplete
)");
}

TEST_CASE("trap 25: a host that was not watched all the time says so, and stays complete") {
  Scene scene("web 10.0.0.1 watched=12s degraded=UDP_cannot_be_read nginx/1 listens 80");
  CHECK(ask(scene, "show web") == R"(
*web nginx/1
! coverage_gap web: web was watched for 12s of 1h
! host_degraded web: UDP_cannot_be_read
complete
)");
}

TEST_CASE("trap 25: flows that a host had no room for are missing") {
  Scene scene("web 10.0.0.1 dropped=17 nginx/1 listens 80");
  CHECK(ask(scene, "show web") ==
        "\n*web nginx/1\n! flows_dropped web: web had no room for 17 flows\nincomplete\n");
}
