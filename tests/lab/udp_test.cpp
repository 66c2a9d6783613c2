// UDP that only events tell: of sockets that are not connected, whose peers the kernel's tables do
// not know, and of those that are gone at once.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "lab/picture.h"
#include "lab/servers.h"
#include "lab/tally.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t statsd = 8125;

Program& datagrams(Host& host, const Argv& arguments, std::string_view says) {
  return act(host, "datagrams.py", arguments, says);
}

}  // namespace

TEST_SUITE_BEGIN("events");

TEST_CASE("a DNS server knows its clients, though none of them is connected") {
  TwoHosts hosts;
  const Program& server = dnsmasq(hosts.server);
  hosts.watch(by_events());
  const Program& client =
      act(hosts.client, "resolve.py", {"10.0.0.2", "unconnected"}, "answered\n");
  const std::string right = lines({arrow(client, server, "10.0.0.2:53", "udp")});
  CHECK(seen(hosts.server, {"impact", "10.0.0.2:53"}, right) == right);
  CHECK(seen(hosts.client, {"deps", "10.0.0.1"}, right) == right);
}

TEST_CASE("a resolver that takes a socket for each question depends on its server") {
  TwoHosts hosts;
  const Program& server = dnsmasq(hosts.server);
  hosts.watch(by_events());
  const Program& client = act(hosts.client, "resolve.py", {"10.0.0.2", "anew"}, "answered\n");
  const std::string right = lines({arrow(client, server, "10.0.0.2:53", "udp")});
  CHECK(seen(hosts.server, {"impact", "10.0.0.2:53"}, right) == right);
  CHECK(seen(hosts.client, {"deps", "10.0.0.1"}, right) == right);
  const Question asked{hosts.daemons.at(1), "active", 53, "opened", "udp"};
  CHECK(asked.flows().size() == 1);
}

TEST_CASE("trap 12: who sends statistics and hears nothing depends on who takes them") {
  TwoHosts hosts;
  const Program& server = datagrams(hosts.server, {"serve", "8125"}, "serving\n");
  hosts.watch(by_events());
  const Program& client = datagrams(hosts.client, {"send", "10.0.0.2", "8125"}, "sending\n");
  const std::string right = lines({arrow(client, server, "10.0.0.2:8125", "udp")});
  CHECK(seen(hosts.server, {"impact", "10.0.0.2"}, right) == right);
  CHECK(seen(hosts.client, {"deps", "10.0.0.1"}, right) == right);
}

TEST_CASE("a server that does not ask who sends is known by its clients' hosts alone") {
  TwoHosts hosts;
  const Program& server = datagrams(hosts.server, {"take", "8125"}, "taking\n");
  hosts.watch(by_events());
  const Program& client = datagrams(hosts.client, {"send", "10.0.0.2", "8125"}, "sending\n");
  const std::string right = lines({arrow(client, server, "10.0.0.2:8125", "udp")});
  CHECK(seen(hosts.client, {"deps", "10.0.0.1"}, right) == right);
  const Outcome asked = ask(hosts.server, {"impact", "10.0.0.2:8125"});
  CHECK(asked.status == 3);  // nothing found
  CHECK(asked.out.find("nobody was seen sending UDP to port 8125") != std::string::npos);
}

TEST_CASE("exchanges that went on before the daemon came have their direction from the ports") {
  TwoHosts hosts;
  const Program& server = datagrams(hosts.server, {"serve", "8125"}, "serving\n");
  const Program& client = datagrams(hosts.client, {"send", "10.0.0.2", "8125"}, "sending\n");
  hosts.watch(by_events());
  const std::string right = lines({arrow(client, server, "10.0.0.2:8125", "udp")});
  CHECK(seen(hosts.server, {"show", "10.0.0.2"}, right) == right);
  const Question taken{hosts.daemons.at(0), "passive", statsd, "opened", "udp"};
  CHECK(taken.flows().at(0).at("evidence") == "port");
}

TEST_CASE("a UDP server with a thousand clients has a thousand flows, and no more") {
  constexpr unsigned clients = 1000;
  TwoHosts hosts;
  // All of 10.1.0.0/22 is the client's.
  REQUIRE(hosts.client.run({"ip", "route", "add", "local", "10.1.0.0/22", "dev", "lo"}).status ==
          0);
  REQUIRE(hosts.server.run({"ip", "route", "add", "10.1.0.0/22", "via", "10.0.0.1"}).status == 0);
  datagrams(hosts.server, {"serve", "8125"}, "serving\n");
  hosts.watch(by_events());
  Argv send{"send", "10.0.0.2", "8125"};
  for (unsigned i = 0; i < clients; ++i) {
    send.push_back("10.1." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250));
  }
  datagrams(hosts.client, send, "sending\n");
  const Question taken{hosts.daemons.at(0), "passive", statsd, "opened", "udp"};
  const auto flows = [&] { return std::to_string(taken.flows().size()); };
  CHECK(settled(20s, flows, std::to_string(clients)) == std::to_string(clients));
  CHECK(hosts.daemons.at(0).metric("ttracerd_events_lost_total") == 0);
  CHECK(hosts.daemons.at(0).metric("ttracerd_dropped_flows_total") == 0);
}

TEST_CASE("whoever a socket is passed on to has its clients from then on") {
  TwoHosts hosts;
  const Program& server = datagrams(hosts.server, {"pass_on", "8125"}, "serving\n");
  hosts.watch(by_events());
  const Program& client = datagrams(hosts.client, {"ask", "10.0.0.2", "8125"}, "asking\n");
  REQUIRE(eventually(10s, [&] { return ttq::split(server.log(), '\n').size() > 2; }));
  const std::string heir(ttq::split(server.log(), '\n').at(1));
  const std::string right =
      lines({arrow(client, server, "10.0.0.2:8125", "udp"),
             arrow(node(client), "server/python3/" + heir, "10.0.0.2:8125", "udp")});
  CHECK(seen(hosts.server, {"impact", "10.0.0.2:8125"}, right) == right);
  // It is the one that uses sockets of its own.
  const auto graph = nlohmann::json::parse(ask(hosts.server, {"10.0.0.2", "-o", "json"}).out);
  const auto& nodes = graph.at("nodes");
  CHECK(std::count_if(nodes.begin(), nodes.end(), [&](const nlohmann::json& one) {
          return one.at("pgid") == std::stoi(heir);
        }) == 1);
}

TEST_CASE("a server with a socket for each client has each of them once") {
  TwoHosts hosts;
  const Program& server = datagrams(hosts.server, {"sessions", "8125"}, "serving\n");
  hosts.watch(by_events());
  const Program& client = datagrams(hosts.client, {"ask", "10.0.0.2", "8125"}, "asking\n");
  const Question taken{hosts.daemons.at(0), "passive", statsd, "opened now", "udp"};
  const std::string once = flow_line("all", "opened now", {1, 1});
  CHECK(total(taken, once) == once);
  const std::string right = lines({arrow(client, server, "10.0.0.2:8125", "udp")});
  CHECK(seen(hosts.server, {"impact", "10.0.0.2:8125"}, right) == right);
  CHECK(seen(hosts.client, {"deps", "10.0.0.1"}, right) == right);
}

TEST_CASE("who asks a group depends on whoever of it answers, and not the other way round") {
  TwoHosts hosts;
  const std::string group = "239.1.2.3";
  REQUIRE(hosts.client.run({"ip", "route", "add", "default", "via", "10.0.0.2"}).status == 0);
  const Program& server = datagrams(hosts.server, {"join", group, "10.0.0.2", "8125"}, "serving\n");
  hosts.watch(by_events());
  const Program& client = datagrams(hosts.client, {"ask", group, "8125", "10.0.0.1"}, "asking\n");
  const std::string right = lines({arrow(client, server, "10.0.0.2:8125", "udp")});
  CHECK(seen(hosts.server, {"show", "10.0.0.2"}, right) == right);
  const Question called{hosts.daemons.at(1), "active", statsd, "opened", "udp"};
  CHECK(called.flows().size() == 2);  // the group's, and the server's
  for (const auto& flow : called.flows()) {
    const bool is_of_group = flow.at("listen").at("address") == group;
    CHECK(flow.at("client") == (is_of_group ? "0.0.0.0" : "10.0.0.1"));
  }
}

TEST_SUITE_END();
