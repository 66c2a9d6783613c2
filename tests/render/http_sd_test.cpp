// The list of targets that a walk over hosts ends in.
#include "render/http_sd.h"

#include <doctest/doctest.h>

#include "scene.h"
#include "wire/peer_entries.h"

using namespace ttq;
using namespace ttq::test;

namespace {

Scene with_host(const std::string& name, const std::string& address, const PeerAddress& asked) {
  Scene scene(name);
  scene.host(name, address);
  scene.graph.hosts[0].asked = asked;
  return scene;
}

/// "web1:18870 has 10.0.0.1; " as it is read back.
std::string targets(const Graph& graph) {
  const auto entries = parse_peer_entries(render_http_sd(graph, 18870));
  REQUIRE_MESSAGE(entries.has_value(), entries.error().message);
  std::string printed;
  for (const PeerEntry& entry : *entries) {
    printed += entry.target + " has";
    for (const Address& address : entry.addresses) printed += " " + address.print();
    printed += "; ";
  }
  return printed;
}

Address at(const std::string& text) { return Address::parse(text).value(); }

}  // namespace

TEST_CASE("a host that answered is an entry, with where it was asked and all its addresses") {
  Scene scene = with_host("web1", "10.0.0.10", {"10.0.0.10", 99, ""});
  scene.graph.hosts[0].addresses = {at("fd00::10"), at("10.0.0.10"), at("127.0.0.1"),
                                    at("fe80::1")};
  CHECK(render_http_sd(scene.graph, 18870) ==
        R"([{"targets":["10.0.0.10:99"],"labels":{"__meta_ttq_addresses":",10.0.0.10,fd00::10,",)"
        R"("__meta_ttq_host_id":"id-of-web1","__meta_ttq_host_name":"web1"}}])"
        "\n");
}

TEST_CASE("hosts are in the order of their names, and who did not answer is not among them") {
  Scene scene = with_host("web1", "10.0.0.10", {"10.0.0.10", 18870, ""});
  scene.host("db1", "10.0.0.2");
  scene.graph.hosts[1].asked = {"db1.mgmt", 7, ""};
  scene.silent_host("10.0.0.99", HostState::unreachable);
  scene.graph.hosts[2].asked = {"10.0.0.99", 18870, ""};
  CHECK(targets(scene.graph) == "db1.mgmt:7 has 10.0.0.2; 10.0.0.10:18870 has 10.0.0.10; ");
}

TEST_CASE("a host that was asked through its own door is named, for that is what others can use") {
  for (const PeerAddress& door :
       {PeerAddress{"", 18870, "/run/ttracerd/api.sock"}, PeerAddress{"localhost", 18870, ""},
        PeerAddress{"127.0.0.1", 7, ""}, PeerAddress{"::1", 7, ""}}) {
    CHECK(targets(with_host("web1", "10.0.0.10", door).graph) == "web1:18870 has 10.0.0.10; ");
  }
}

TEST_CASE("where a name is none that others can ask by, an address is the target") {
  const PeerAddress door{"", 18870, "/run/ttracerd/api.sock"};
  for (const std::string name :
       {"", "a:b$(x)'`y`", "-oProxyCommand=x", "web 1", "5432", "127.0.0.1", "fd00::7", "localhost",
        "localhost.localdomain", "web\x1b[31m"}) {
    CAPTURE(name);
    Scene scene = with_host(name, "10.0.0.10", door);
    scene.graph.hosts[0].addresses = {at("fd00::10"), at("10.0.0.10"), at("127.0.0.1")};
    CHECK(targets(scene.graph) == "10.0.0.10:18870 has 10.0.0.10 fd00::10; ");
    scene.graph.hosts[0].addresses = {at("fd00::10")};
    CHECK(targets(scene.graph) == "[fd00::10]:18870 has fd00::10; ");
    scene.graph.hosts[0].addresses = {at("127.0.0.1")};
    CHECK(render_http_sd(scene.graph, 18870) == "[]\n");
  }
}

TEST_CASE("addresses that no reader takes, since each means another host by them, are left out") {
  Scene scene = with_host("web1", "10.0.0.10", {"10.0.0.10", 18870, ""});
  for (const char* relative : {"0.1.2.3", "255.255.255.255", "224.0.0.1", "::", "127.0.0.1"}) {
    scene.graph.hosts[0].addresses.push_back(at(relative));
  }
  CHECK(targets(scene.graph) == "10.0.0.10:18870 has 10.0.0.10; ");
}

TEST_CASE("IPv6 is in brackets, and a host that was asked by ssh has the daemons' port") {
  CHECK(targets(with_host("web1", "fd00::1", {"fd00::1", 18870, ""}).graph) ==
        "[fd00::1]:18870 has fd00::1; ");
  CHECK(targets(with_host("web1", "10.0.0.10", {"web1.mgmt", 0, ""}).graph) ==
        "web1.mgmt:18870 has 10.0.0.10; ");
}

TEST_CASE("an address that two hosts say they have leads to neither") {
  Scene scene = with_host("web1", "10.0.0.10", {"10.0.0.10", 18870, ""});
  scene.host("web2", "10.0.0.11");
  scene.graph.hosts[1].asked = {"10.0.0.11", 18870, ""};
  for (GraphHost& host : scene.graph.hosts) host.addresses.push_back(at("172.17.0.1"));
  CHECK(targets(scene.graph) == "10.0.0.10:18870 has 10.0.0.10; 10.0.0.11:18870 has 10.0.0.11; ");
}

TEST_CASE("nobody who answered is an empty list") {
  Scene scene("web1");
  CHECK(render_http_sd(scene.graph, 18870) == "[]\n");
}
