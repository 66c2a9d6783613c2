// Where nobody is asked, whoever says so.
#include "walk/boundary.h"

#include <doctest/doctest.h>

#include "support/graph_text.h"
#include "support/scene.h"

using namespace ttq;
using namespace ttq::test;

namespace {

Address at(const std::string& text) { return Address::parse(text).value(); }

Boundary around(std::initializer_list<const char*> texts) {
  std::vector<Network> networks;
  for (const char* text : texts) networks.push_back(Network::parse(text).value());
  return Boundary(networks);
}

std::string verdict(const Boundary& boundary, const std::string& address) {
  const auto obstacle = boundary.obstacle(at(address));
  return obstacle ? std::string(print_not_asked(*obstacle)) : "asked";
}

bool contains(const char* network, const char* address) {
  return Network::parse(network).value().contains(at(address));
}

const Boundary anywhere(Boundary::all_networks());

}  // namespace

TEST_CASE("a network holds what begins like it") {
  CHECK(contains("10.0.0.0/8", "10.255.255.255"));
  CHECK_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  CHECK(contains("172.16.0.0/12", "172.31.255.255"));
  CHECK_FALSE(contains("172.16.0.0/12", "172.32.0.0"));
  CHECK(contains("10.1.2.3/8", "10.9.9.9"));
  CHECK(contains("fc00::/7", "fdff::1"));
  CHECK_FALSE(contains("fc00::/7", "fe00::1"));
  CHECK(contains("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(contains("192.0.2.1/32", "192.0.2.2"));
  CHECK(contains("2001:db8::1/128", "2001:db8::1"));
}

TEST_CASE("IPv4 is in no IPv6 network, however either is spelled") {
  CHECK(contains("0.0.0.0/0", "255.255.255.255"));
  CHECK_FALSE(contains("::/0", "10.0.0.1"));
  CHECK_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  CHECK(contains("::ffff:10.0.0.0/104", "10.1.1.1"));
  CHECK(contains("10.0.0.0/8", "::ffff:10.1.1.1"));
}

TEST_CASE("what is no network is none") {
  for (const char* text :
       {"", "/", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "fc00::/129", "web1",
        "web1/8", "10.0.0.0/8/8", "10.0.0.0/ 8", "::ffff:10.0.0.0/8", "[::1]/8"}) {
    CAPTURE(text);
    CHECK_FALSE(Network::parse(text).has_value());
  }
}

TEST_CASE("private networks are asked by default, and no others") {
  const Boundary usual;
  for (const char* address : {"10.0.0.1", "172.16.0.1", "192.168.255.1", "100.64.0.1",
                              "100.127.255.254", "fc00::1", "fd12:3456::1"}) {
    CAPTURE(address);
    CHECK(verdict(usual, address) == "asked");
  }
  for (const char* address : {"203.0.113.7", "8.8.8.8", "172.32.0.1", "100.128.0.1", "240.0.0.1",
                              "2001:db8::1", "64:ff9b::a00:1", "2002:a00:1::", "fec0::1"}) {
    CAPTURE(address);
    CHECK(verdict(usual, address) == "outside");
    CHECK(verdict(anywhere, address) == "asked");
  }
}

TEST_CASE("what means another host to each is asked nowhere") {
  for (const char* address :
       {"127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "0.1.2.3", "::", "169.254.1.1", "fe80::1",
        "febf::1", "224.0.0.1", "239.1.1.1", "ff02::1", "255.255.255.255", "::ffff:127.0.0.1"}) {
    CAPTURE(address);
    CHECK(verdict(anywhere, address) == "relative");
    CHECK(verdict(around({address}), address) == "relative");
  }
}

TEST_CASE("where a cloud hands out secrets nobody is asked, not even by name of the network") {
  CHECK(verdict(anywhere, "169.254.169.254") == "relative");
  for (const char* address : {"100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254",
                              "fd00:ec2::23", "fd20:ce::254", "fd00:42::42"}) {
    CAPTURE(address);
    CHECK(verdict(Boundary(), address) == "forbidden");
    CHECK(verdict(anywhere, address) == "forbidden");
    CHECK(verdict(around({address}), address) == "forbidden");
  }
}

TEST_CASE("a forbidden address is forbidden in every spelling that some gateway undoes") {
  for (const char* address :
       {"::169.254.169.254", "::127.0.0.1", "::ffff:0:169.254.169.254", "::ffff:0:127.0.0.1",
        "64:ff9b::169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::100.100.100.200",
        "64:ff9b:1::a00:1", "64:ff9b:1:a9fe:a9:fe00::", "2002:a9fe:a9fe::1",
        "2002:7f00:1::", "2002:c000:c0::"}) {
    CAPTURE(address);
    CHECK(verdict(anywhere, address) == "forbidden");
    CHECK(verdict(around({address}), address) == "forbidden");
  }
  CHECK(verdict(anywhere, "::ffff:169.254.169.254") == "relative");
  CHECK(verdict(anywhere, "::ffff:100.100.100.200") == "forbidden");
}

TEST_CASE("who is outside is not asked, and that is said") {
  const char* text = R"(
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:5432 calls 203.0.113.7:443
    db 10.0.0.2 postgres/2 listens 5432
    far 203.0.113.7 apache/3 listens 443
  )";
  Scene scene(text);
  const Graph graph = walk_scene(scene, "deps web");
  CHECK(print_graph(graph) == R"(
*web nginx/1 -> db postgres/2 at 10.0.0.2:5432 x1
*web nginx/1 -> 203.0.113.7 at 203.0.113.7:443 x1 (source only)
! not_allowed 203.0.113.7: 203.0.113.7 was not asked: it is in no network that may be asked (--allow)
incomplete
)");
  CHECK(scene.asked() == "\n10.0.0.1\n10.0.0.2\n");
  CHECK(graph.nodes.back().not_asked == NotAsked::outside);
  CHECK(graph.hosts.size() == 2);

  Scene wide(text);
  CHECK(ask(wide, "deps web", {.boundary = around({"10.0.0.0/8", "203.0.113.0/24"})}) == R"(
*web nginx/1 -> db postgres/2 at 10.0.0.2:5432 x1
*web nginx/1 -> far apache/3 at 203.0.113.7:443 x1
complete
)");
  Scene narrow(text);
  ask(narrow, "deps web", {.boundary = around({"203.0.113.0/24"})});
  CHECK(narrow.asked() == "\n10.0.0.1\n203.0.113.7\n");
}

TEST_CASE("a metadata service is not asked, and that is said") {
  Scene scene("web 10.0.0.1 agent/1 calls 169.254.169.254:80 calls [fd00:ec2::254]:80 listens 1");
  const Graph graph = walk_scene(scene, "deps web", {.boundary = anywhere});
  CHECK(print_graph(graph) == R"(
*web agent/1 -> 169.254.169.254 at 169.254.169.254:80 x1 (source only)
*web agent/1 -> fd00:ec2::254 at [fd00:ec2::254]:80 x1 (source only)
! not_allowed fd00:ec2::254: fd00:ec2::254 was not asked: a cloud's metadata service is there, or may be
! not_confirmed 169.254.169.254: 169.254.169.254 cannot be asked: it means another host to each
incomplete
)");
  CHECK(scene.asked() == "\n10.0.0.1\n");
}

TEST_CASE("the target is asked wherever it is, and known when others speak of it") {
  Scene scene(R"(
    web 203.0.113.5 nginx/1 listens 80 calls 10.0.0.2:5432
    db 10.0.0.2 postgres/2 listens 5432 calls 203.0.113.5:80
  )");
  CHECK(ask(scene, "deps web") == R"(
*web nginx/1 -> db postgres/2 at 10.0.0.2:5432 x1
db postgres/2 -> *web nginx/1 at 203.0.113.5:80 x1
complete
)");
}

TEST_CASE("the port that is asked is ours, whatever ports a host speaks of") {
  Scene scene("web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.2:6666 calls 10.0.0.2:22");
  class Ports : public Peer {
   public:
    explicit Ports(Scene& scene) : scene_(scene) {}
    void ask(std::vector<PeerQuestion> questions, unsigned most, Asker& asker) override {
      for (const PeerQuestion& question : questions) asked.push_back(question.at.port);
      scene_.ask(std::move(questions), most, asker);
    }
    std::vector<std::uint16_t> asked;

   private:
    Scene& scene_;
  };
  Ports ports(scene);
  const Target target{.address = {"10.0.0.1", 4711, ""}};
  const WalkQuery query{.direction = Direction::deps, .depth = std::nullopt, .span = scene_span};
  const Clocks clocks{[] { return scene_now; }, [] { return Deadline{}; }};
  walk(ports, target, query, {.peer_port = 18870}, clocks);
  CHECK(ports.asked == std::vector<std::uint16_t>{4711, 18870});
}
