// Ends that one side alone knows of, or nobody.
#include <doctest/doctest.h>

#include "support/scene.h"

using namespace ttq;
using namespace ttq::test;

TEST_CASE("trap 21: behind a NAT the host that answers knows nothing, and is not made an end") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 serves 10.0.0.254 at 10.0.0.1:80 x9
    gateway 10.0.0.254 sshd/2 listens 22
  )");
  CHECK(ask(scene, "impact web") == R"(
gateway 10.0.0.254 -> *web nginx/1 at 10.0.0.1:80 x9 (target only)
! not_confirmed gateway: gateway has no process with connections from 10.0.0.254 to 10.0.0.1:80: a NAT, load balancer or proxy may be between, or they were too short for its polling
incomplete
)");
}

TEST_CASE("a host that sees events does not miss what is short") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 serves 10.0.0.254 at 10.0.0.1:80 x9
    gateway 10.0.0.254 probe=ebpf sshd/2 listens 22
  )");
  CHECK(ask(scene, "impact web") == R"(
gateway 10.0.0.254 -> *web nginx/1 at 10.0.0.1:80 x9 (target only)
! not_confirmed gateway: gateway has no process with connections from 10.0.0.254 to 10.0.0.1:80: a NAT, load balancer or proxy may be between
incomplete
)");
}

TEST_CASE("trap 22: a virtual address that nobody listens on is not confirmed") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls 10.0.0.100:80
    lb 10.0.0.100 sshd/2 listens 22
  )");
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> lb 10.0.0.100 at 10.0.0.100:80 x1 (source only)
! not_confirmed lb: lb accepts nothing and listens to nothing from 10.0.0.1 to 10.0.0.100:80: a NAT, load balancer or proxy may be between, or they were too short for its polling
incomplete
)");
}

TEST_CASE("a server that its client alone saw is found through its listener") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls 10.0.0.2:80 alone
    web 10.0.0.2 nginx/2 listens 80
  )");
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> web nginx/2 at 10.0.0.2:80 x1 (source only)
complete
)");
}

TEST_CASE("an exact listener is preferred to the wildcard") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls 10.0.0.2:80 alone
    web 10.0.0.2 catchall/2 listens 80
    web special/3 listens 10.0.0.2:80
  )");
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> web special/3 at 10.0.0.2:80 x1 (source only)
complete
)");
}

TEST_CASE("trap 10: two listeners with SO_REUSEPORT, and nobody saw which of them accepted") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls 10.0.0.2:80 alone
    web 10.0.0.2 old/2 listens 80
    web new/3 listens 80
  )");
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> web new/3 at 10.0.0.2:80 x1 (source only) (ambiguous)
*app python/1 -> web old/2 at 10.0.0.2:80 x1 (source only) (ambiguous)
complete
)");
}

TEST_CASE("of a listener before a restart and one after it, the one of that time") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls 10.0.0.2:80 alone
    web 10.0.0.2 nginx/2 listens 80
    web nginx/3 listens 80
  )");
  scene.at("web").listeners[0].last_seen = scene_now - std::chrono::minutes(30);
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> web nginx/3 at 10.0.0.2:80 x1 (source only)
complete
)");
}

TEST_CASE("trap 12: a UDP client of dnsmasq, which has no socket for its clients") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls udp/10.0.0.2:53
    dns 10.0.0.2 probe=netlink dnsmasq/2 listens udp/53 80
  )");
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> dns dnsmasq/2 at udp/10.0.0.2:53 x1 (source only)
complete
)");
  constexpr auto unknown_senders = R"(
*dns dnsmasq/2
! udp_senders_unknown dns: who only sends UDP to dnsmasq cannot be seen on dns: a host that does not answer, or was not asked, may depend on it
incomplete
)";
  CHECK(ask(scene, "impact dns") == unknown_senders);
  CHECK(ask(scene, "impact dns:53") == unknown_senders);
  CHECK(ask(scene, "impact dns:80") == "\n*dns dnsmasq/2\ncomplete\n");
}

TEST_CASE("a UDP server to which nobody was seen sending may read without asking who sends") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls udp/10.0.0.2:53
    dns 10.0.0.2 probe=ebpf dnsmasq/2 listens udp/53 udp/67 serves 10.0.0.1 at udp/10.0.0.2:53
  )");
  CHECK(ask(scene, "impact dns:53") == R"(
app python/1 -> *dns dnsmasq/2 at udp/10.0.0.2:53 x1
complete
)");
  CHECK(ask(scene, "impact dns:67") == R"(
*dns dnsmasq/2
! udp_senders_unknown dns: nobody was seen sending UDP to port 67 of dnsmasq on dns, which cannot be seen if it does not ask who has sent: a host that does not answer, or was not asked, may depend on it
incomplete
)");
}

TEST_CASE("a host that answers, and listens to nothing, has let no attempt through") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls 10.0.0.2:81 failing
    web 10.0.0.2 nginx/2 listens 80
  )");
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> web 10.0.0.2 at 10.0.0.2:81 x0 failed=1 (source only)
! not_confirmed web: web listens to nothing at 10.0.0.2:81, and no attempt from 10.0.0.1 came through
incomplete
)");
}

TEST_CASE("trap 14: a dependency that is failing now is still a dependency") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls 10.0.0.2:80 failing
    web 10.0.0.2 nginx/2 listens 80
  )");
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> web nginx/2 at 10.0.0.2:80 x0 failed=1 (source only)
complete
)");
}

TEST_CASE("trap 8: an owner that is not known stays so, with the reason") {
  Scene scene(R"(
    app 10.0.0.1 ?no_permission calls 10.0.0.2:80
    web 10.0.0.2 nginx/2 listens 80
  )");
  constexpr auto unknown = R"(
app 10.0.0.1?no_permission -> *web nginx/2 at 10.0.0.2:80 x1
! owner_unknown app: app cannot name the process at its end of 10.0.0.1 to 10.0.0.2:80: no_permission
incomplete
)";
  CHECK(ask(scene, "impact web") == unknown);
  CHECK(ask(scene, "show app") == R"(
*app 10.0.0.1?no_permission -> web nginx/2 at 10.0.0.2:80 x1
! owner_unknown app: app cannot name the process at its end of 10.0.0.1 to 10.0.0.2:80: no_permission
incomplete
)");
}

TEST_CASE("trap 8: TIME_WAIT invents no server, not even on a port that one process listens on") {
  Scene scene(R"(
    web 10.0.0.2 nginx/2 listens 80
    web ?time_wait serves 10.0.0.1 at 10.0.0.2:80
    app 10.0.0.1 cron/3
  )");
  CHECK(ask(scene, "impact web:80") == R"(
*web nginx/2
app 10.0.0.1 -> *web 10.0.0.2?time_wait at 10.0.0.2:80 x1 (target only)
! not_confirmed app: app has no process with connections from 10.0.0.1 to 10.0.0.2:80: a NAT, load balancer or proxy may be between, or they were too short for its polling
! owner_unknown web: web cannot name the process at its end of 10.0.0.1 to 10.0.0.2:80: time_wait
incomplete
)");
  CHECK(ask(scene, "impact web name=nginx") == "\n*web nginx/2\ncomplete\n");
}

TEST_CASE(
    "rule 7: a connection that stood for long and that its server does not know ends elsewhere") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls 10.0.0.2:80 alone long
    web 10.0.0.2 nginx/2 listens 80
  )");
  const std::string graph = ask(scene, "deps app");
  CHECK(graph.find("nginx") == std::string::npos);
  CHECK(graph.find("! not_confirmed") != std::string::npos);
  CHECK(graph.find("incomplete") != std::string::npos);
}

TEST_CASE(
    "traps 8, 31: what was left in TIME_WAIT is told beside the one process that has others") {
  Scene scene(R"(
    web 10.0.0.2 nginx/2 listens 80 serves 10.0.0.1 at 10.0.0.2:80 x3
    app 10.0.0.1 ?time_wait calls 10.0.0.2:80 alone
    app wrk/3 calls 10.0.0.2:80 alone x3
  )");
  CHECK(ask(scene, "impact web") == R"(
app wrk/3 -> *web nginx/2 at 10.0.0.2:80 x3
! remains_presumed app: 1 connection more of 10.0.0.1 to 10.0.0.2:80 had ended before their process was seen on app; only wrk is known to connect there, and they are not counted
complete
)");
}

TEST_CASE("trap 31: but of two that have, nobody can tell whose it was") {
  Scene scene(R"(
    web 10.0.0.2 nginx/2 listens 80 serves 10.0.0.1 at 10.0.0.2:80 x3
    app 10.0.0.1 ?time_wait calls 10.0.0.2:80 alone
    app wrk/3 calls 10.0.0.2:80 alone
    app curl/4 calls 10.0.0.2:80 alone
  )");
  CHECK(ask(scene, "impact web") == R"(
app curl/4 -> *web nginx/2 at 10.0.0.2:80 x1
app wrk/3 -> *web nginx/2 at 10.0.0.2:80 x1
app 10.0.0.1?time_wait -> *web nginx/2 at 10.0.0.2:80 x1
! owner_unknown app: app cannot name the process at its end of 10.0.0.1 to 10.0.0.2:80: time_wait
incomplete
)");
}

TEST_CASE("a client that knows itself finds the one listener behind a TIME_WAIT") {
  Scene scene(R"(
    web 10.0.0.2 nginx/2 listens 80
    web ?time_wait serves 10.0.0.1 at 10.0.0.2:80
    app 10.0.0.1 curl/3 calls 10.0.0.2:80 alone
  )");
  CHECK(ask(scene, "deps app") == R"(
*app curl/3 -> web nginx/2 at 10.0.0.2:80 x1 (source only)
complete
)");
}

TEST_CASE("addresses that mean another host to each are never asked") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 serves fe80::1 at 10.0.0.1:80
    web serves 224.0.0.1 at 10.0.0.1:80 serves 0.0.0.0 at 10.0.0.1:80
  )");
  CHECK(ask(scene, "impact web") == R"(
0.0.0.0 -> *web nginx/1 at 10.0.0.1:80 x1 (target only)
224.0.0.1 -> *web nginx/1 at 10.0.0.1:80 x1 (target only)
fe80::1 -> *web nginx/1 at 10.0.0.1:80 x1 (target only)
! not_confirmed 0.0.0.0: 0.0.0.0 cannot be asked: it means another host to each
! not_confirmed 224.0.0.1: 224.0.0.1 cannot be asked: it means another host to each
! not_confirmed fe80::1: fe80::1 cannot be asked: it means another host to each
incomplete
)");
  CHECK(scene.asked() == "\n10.0.0.1\n");
}

TEST_CASE("trap 4: a guess that the other host confirms is its word, no longer a guess") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls 10.0.0.2:50051 by port alone
    web 10.0.0.2 grpc/2 listens 50051 serves 10.0.0.1 at 10.0.0.2:50051 by listener
  )");
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> web grpc/2 at 10.0.0.2:50051 x1 (peer)
complete
)");
}

TEST_CASE("trap 4: a guess is dropped where the other host has it the other way round") {
  // 10.0.0.1 took the client's high port for a server's; the client itself counted its SYN.
  Scene scene(R"(
    web 10.0.0.1 grpc/1 calls 10.0.0.2:40000 by port alone x2 calls 10.0.0.2:40001 by port alone x3
    app 10.0.0.2 python/2 calls 10.0.0.1:50051 by handshake alone x5
  )");
  constexpr auto truth = R"(
app python/2 -> *web grpc/1 at 10.0.0.1:50051 x5 (peer)
complete
)";
  CHECK(ask(scene, "impact web") == truth);
  CHECK(ask(scene, "show web") == truth);
  CHECK(ask(scene, "deps web") == "\n*web grpc/1\ncomplete\n");
}

TEST_CASE("a guess stays where the other host's connections are explained otherwise") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:5000 by port alone
    app 10.0.0.2 python/2 calls 10.0.0.1:80
    app registry/3 listens 5000
  )");
  CHECK(ask(scene, "deps web") == R"(
*web nginx/1 -> app registry/3 at 10.0.0.2:5000 x1 (source only) (peer)
complete
)");
}
