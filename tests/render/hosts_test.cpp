#include "render/hosts.h"

#include <doctest/doctest.h>

#include "scene.h"

using namespace ttq;
using namespace ttq::test;

TEST_CASE("the table of hosts says who answered, and why the others did not") {
  Scene scene("web1");
  scene.host("web1", "10.0.0.10");
  scene.graph.hosts[0].clock_offset = Duration(-1500);
  scene.graph.hosts[0].coverage[0].lost = 1;
  scene.graph.hosts[0].probe = "ebpf";
  scene.host("名前", "2001:db8::1");
  scene.graph.hosts[1].coverage.clear();
  scene.graph.hosts[1].probe = "netlink";
  scene.graph.hosts[1].probe_reason = "no BTF\nhere";
  scene.silent_host("10.0.0.99", HostState::unreachable);
  scene.graph.hosts[2].message = "Connection\nrefused";
  CHECK(render_hosts(scene.graph) ==
        R"(NAME  ID          ADDRESSES    STATE        CLOCK     PROBE    COVERAGE
-     -           10.0.0.99    unreachable  -         -        Connection�refused
web1  id-of-web1  10.0.0.10    ok           -1s500ms  ebpf     watched all of it, looking every 1s beside events, 1 event lost
名前    id-of-名前    2001:db8::1  ok           +0s       netlink  watched none of it; no events: no BTF�here
)");
}
