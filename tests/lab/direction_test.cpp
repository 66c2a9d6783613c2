// Who depends on whom (design rule 2).
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

/// Whether the socket table of the program's host still has a listener on that port.
bool listener_gone(const Program& program, std::uint16_t port) {
  return eventually(5s, [&] { return !serves(program, port); });
}

}  // namespace

TEST_CASE("trap 2: a connection that outlived its listener keeps its direction") {
  TwoHosts hosts;
  const Program& server = serve(hosts.server, 80, {"--only", "1"});
  const Program& client = hold(hosts.client, "10.0.0.2", 80);
  REQUIRE(listener_gone(server, 80));
  hosts.watch();  // which has never seen the listener
  const std::string right = lines({arrow(client, server, "10.0.0.2:80")});
  CHECK(hosts.around_server(right) == right);
}

TEST_CASE("trap 2: a listener that goes away while it is watched flips nothing") {
  TwoHosts hosts;
  const Program& server = serve(hosts.server, 80, {"--only", "2"});
  const Program& client = hold(hosts.client, "10.0.0.2", 80);
  hosts.watch();
  std::vector<std::string> arrows = {arrow(client, server, "10.0.0.2:80")};
  REQUIRE(hosts.around_server(lines(arrows)) == lines(arrows));
  const Program& last = hold(hosts.client, "10.0.0.2", 80);
  REQUIRE(listener_gone(server, 80));
  arrows.push_back(arrow(last, server, "10.0.0.2:80"));
  CHECK(hosts.around_server(lines(arrows)) == lines(arrows));
}

TEST_CASE("trap 4: a server on port 50051 is the server, though that is an ephemeral port") {
  TwoHosts hosts;
  const Program& server = serve(hosts.server, 50051);
  const Program& client = hold(hosts.client, "10.0.0.2", 50051, 3);
  hosts.watch();
  const std::string right = lines({arrow(client, server, "10.0.0.2:50051")});
  CHECK(hosts.around_server(right) == right);
}

TEST_CASE("trap 4: a server that calls from the port it listens on is the client there") {
  TwoHosts hosts;
  const Program& server = serve(hosts.server, 50051);
  const Program& caller =
      serve(hosts.client, 7000, {"--address", "10.0.0.1", "--call", "10.0.0.2:50051"});
  REQUIRE(eventually(5s, [&] { return serves(caller, 7000); }));
  hosts.watch();
  const std::string right = lines({arrow(caller, server, "10.0.0.2:50051")});
  CHECK(hosts.around_server(right) == right);
}

TEST_CASE("trap 13: a connection that is half closed for long is still one") {
  TwoHosts hosts;
  const Program& server = serve(hosts.server, 80);
  const Program& client = hold(hosts.client, "10.0.0.2", 80, 2, {"--half-close"});
  hosts.watch();
  const std::string right = lines({arrow(client, server, "10.0.0.2:80")});
  CHECK(hosts.around_server(right) == right);
}

TEST_CASE("trap 8: a client that nobody has accepted depends on the listener's program") {
  TwoHosts hosts;
  const Program& server = serve(hosts.server, 80, {"--no-accept"});
  const Program& client = hold(hosts.client, "10.0.0.2", 80);
  hosts.watch();
  const std::string right = lines({arrow(client, server, "10.0.0.2:80")});
  CHECK(hosts.around_server(right) == right);
}

TEST_CASE("trap 14: a connect that nobody answers is a dependency that fails") {
  TwoHosts hosts;
  const std::string nobody = "10.0.0.99";
  // A neighbour that does not exist: SYNs go out and nothing comes back.
  REQUIRE(hosts.client
              .run({"ip", "neighbour", "add", nobody, "lladdr", "02:00:00:00:00:63", "dev", "eth0",
                    "nud", "permanent"})
              .status == 0);
  const Program& client = act(hosts.client, "attempt.py", {nobody, "80"}, "");
  hosts.watch();
  const std::string attempt = lines({arrow(node(client), nobody, nobody + ":80")});
  CHECK(seen(hosts.client, {"deps", "10.0.0.1"}, attempt) == attempt);
  const auto graph =
      nlohmann::json::parse(ask(hosts.client, {"deps", "10.0.0.1", "-o", "json"}).out);
  CHECK(graph.at("edges").at(0).at("connections").at("now") == 0);
  CHECK(graph.at("edges").at(0).at("connections").at("failed") == 1);
}

TEST_CASE("a resolver's UDP socket depends on dnsmasq") {
  TwoHosts hosts;
  const Program& server = dnsmasq(hosts.server);
  const Program& client = act(hosts.client, "resolve.py", {"10.0.0.2"}, "answered\n");
  hosts.watch();
  // Only the resolver's kernel knows of it: a server that does not connect its socket has no peers.
  const std::string right = lines({arrow(client, server, "10.0.0.2:53", "udp")});
  CHECK(seen(hosts.server, {"deps", "10.0.0.1"}, right) == right);
}

TEST_CASE("trap 28: two programs that use each other do not make the walk endless") {
  TwoHosts hosts;
  const Program& there = serve(hosts.server, 80);
  const Program& here =
      serve(hosts.client, 7000, {"--address", "10.0.0.1", "--call", "10.0.0.2:80"});
  const Program& back = hold(hosts.server, "10.0.0.1", 7000);
  hosts.watch();
  const std::string up =
      lines({arrow(here, there, "10.0.0.2:80"), arrow(back, here, "10.0.0.1:7000")});
  CHECK(seen(hosts.client, {"impact", "10.0.0.2:80"}, up) == up);
}
