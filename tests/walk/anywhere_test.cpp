// Servers of UDP that are bound to no address, and do not know by which of theirs they were
// reached.
#include <doctest/doctest.h>

#include "support/scene.h"

using namespace ttq;
using namespace ttq::test;

TEST_CASE("a UDP server that is bound to no address is joined with its client, from both sides") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls udp/10.0.0.2:53 alone
    dns 10.0.0.2 dnsmasq/2 listens udp/53 serves 10.0.0.1 at udp/0.0.0.0:53
  )");
  CHECK(ask(scene, "deps app") == R"(
*app python/1 -> dns dnsmasq/2 at udp/10.0.0.2:53 x1
complete
)");
  CHECK(ask(scene, "impact dns") == R"(
app python/1 -> *dns dnsmasq/2 at udp/10.0.0.2:53 x1
complete
)");
}

TEST_CASE("of one step too, where the peer's share would be enough") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls udp/10.0.0.2:53 alone
    dns 10.0.0.2 dnsmasq/2 listens udp/53 serves 10.0.0.1 at udp/0.0.0.0:53
  )");
  CHECK(ask(scene, "show dns") == R"(
app python/1 -> *dns dnsmasq/2 at udp/10.0.0.2:53 x1
complete
)");
}

TEST_CASE("a client that reaches it at two addresses depends on it at both") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls udp/10.0.0.2:53 alone
    app python/1 calls udp/10.0.0.3:53 alone
    dns 10.0.0.2,10.0.0.3 dnsmasq/2 listens udp/53 serves 10.0.0.1 at udp/0.0.0.0:53
  )");
  CHECK(ask(scene, "impact dns") == R"(
app python/1 -> *dns dnsmasq/2 at udp/10.0.0.2:53 x1
app python/1 -> *dns dnsmasq/2 at udp/10.0.0.3:53 x1
complete
)");
}

TEST_CASE("two clients of one host share a server that is bound to no address") {
  Scene scene(R"(
    app 10.0.0.1 python/1 calls udp/10.0.0.2:53 x3 alone
    app ruby/4 calls udp/10.0.0.2:53 x4 alone
    dns 10.0.0.2 dnsmasq/2 listens udp/53 serves 10.0.0.1 at udp/0.0.0.0:53 x7
  )");
  CHECK(ask(scene, "impact dns") == R"(
app python/1 -> *dns dnsmasq/2 at udp/10.0.0.2:53 x3
app ruby/4 -> *dns dnsmasq/2 at udp/10.0.0.2:53 x4
complete
)");
}

TEST_CASE("on one host, over loopback") {
  Scene scene(R"(
    dns 10.0.0.2 dnsmasq/2 listens udp/53 serves 127.0.0.1 at udp/0.0.0.0:53
    dns python/1 calls udp/127.0.0.1:53 alone
  )");
  CHECK(ask(scene, "impact dns:53") == R"(
dns python/1 -> *dns dnsmasq/2 at udp/127.0.0.1:53 x1
complete
)");
}

TEST_CASE("on one host, at an address of its own, each is counted once") {
  Scene scene(R"(
    dns 10.0.0.2 dnsmasq/2 listens udp/53 serves 10.0.0.2 at udp/0.0.0.0:53 x5
    dns python/1 calls udp/10.0.0.2:53 x3 alone
  )");
  CHECK(ask(scene, "impact dns:53") == R"(
dns python/1 -> *dns dnsmasq/2 at udp/10.0.0.2:53 x5
complete
)");
}

TEST_CASE("a client whose host does not answer is at the wildcard, which is all that is known") {
  Scene scene(R"(
    dns 10.0.0.2 dnsmasq/2 listens udp/53 serves 10.0.0.9 at udp/0.0.0.0:53
  )");
  CHECK(ask(scene, "impact dns") == R"(
10.0.0.9 -> *dns dnsmasq/2 at udp/0.0.0.0:53 x1 (target only)
! host_unreachable 10.0.0.9: No route to host
incomplete
)");
}
