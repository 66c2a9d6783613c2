// Connections and processes that no look at the sockets would meet.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lab/picture.h"
#include "lab/servers.h"
#include "lab/tally.h"

using namespace ttq::lab;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const Argv by_looks = {"--probe", "netlink"};

constexpr std::uint16_t status_port = 81;

/// A client finds a port for each of its connections, though the last ones are hardly over: nearly
/// all ports are for clients, and the kernel keeps few in TIME_WAIT. (Where it keeps them all,
/// looks see five times as many at the server, which closes first.)
void let_ports_be_used_again(const Host& host) {
  const std::string settings = "/proc/sys/net/ipv4/";
  const std::string script = "echo 1024 65535 > " + settings + "ip_local_port_range; echo 1000 > " +
                             settings + "tcp_max_tw_buckets";
  REQUIRE(host.run({"sh", "-c", script}).status == 0);
}

std::uint64_t lost_events(const Daemon& daemon) {
  std::uint64_t lost = 0;
  const json answer = daemon.json("/v1/flows?port=1");
  for (const json& span : answer.at("coverage")) {
    lost += span.at("events_lost").get<std::uint64_t>();
  }
  return lost;
}

/// Of what was accepted, in percent.
double share_seen(const Question& looks, std::uint64_t accepted) {
  std::uint64_t opened = 0;
  for (const json& flow : looks.flows()) opened += count_of(flow, "opened").get<std::uint64_t>();
  return 100.0 * static_cast<double>(opened) / static_cast<double>(accepted);
}

}  // namespace

TEST_SUITE_BEGIN("events");

TEST_CASE("200,000 connections that live for less than a millisecond are counted, every one") {
  constexpr std::uint64_t many = 200'000;
  TwoHosts hosts;
  for (const Host* host : {&hosts.server, &hosts.client}) let_ports_be_used_again(*host);
  nginx(hosts.server, {.status = status_port});
  StatusPage nginx_itself(hosts.server, status_port);
  hosts.watch(by_events());
  const Daemon server_looks(hosts.server, Manner{.options = by_looks, .name = "looks-"});
  const Daemon client_looks(hosts.client, Manner{.options = by_looks, .name = "looks-"});

  Program& load = hosts.client.start(
      {"wrk", "-t2", "-c40", "-d3600", "-H", "Connection: close", "http://10.0.0.2/"});
  REQUIRE(eventually(100s, [&] { return nginx_itself.accepted() >= many; }));
  load.stop();
  const Question server{hosts.daemons.at(0), "passive", 80, "opened closed now"};
  const Question client{hosts.daemons.at(1), "active", 80, "opened closed now"};
  const auto expected = [&](std::string_view name) {
    const std::uint64_t accepted = nginx_itself.accepted();
    return flow_line(name, server.counts, {accepted, accepted, 0});
  };
  // nginx may have some left to accept.
  eventually(60s, [&] { return tally(server) == expected("nginx"); });
  CHECK(tally(server) == expected("nginx"));
  CHECK(tally(client, expected("wrk")) == expected("wrk"));

  const std::uint64_t accepted = nginx_itself.accepted();
  for (const Daemon& daemon : hosts.daemons) CHECK(lost_events(daemon) == 0);
  MESSAGE("opened: ", accepted,
          "; seen by looks every 200 ms: ", share_seen({server_looks, "passive", 80}, accepted),
          " % at the server, ", share_seen({client_looks, "active", 80}, accepted),
          " % at the client");
}

TEST_CASE("10,000 processes that live for two milliseconds are counted and folded into one flow") {
  constexpr std::uint64_t runs = 10'000;
  TwoHosts hosts;
  nginx(hosts.server, {.status = status_port});
  StatusPage nginx_itself(hosts.server, status_port);
  // One window, for the processes of each fold by themselves.
  hosts.watch(by_events({"--window", "1h"}));
  Program& parent =
      hosts.client.start(brief({"repeat", std::to_string(runs), "4", "call", "10.0.0.2", "80"}));
  REQUIRE(parent.wait(100s) == 0);

  const Question server{hosts.daemons.at(0), "passive", 80, "opened closed now"};
  const std::string passive = flow_line("nginx", server.counts, {runs, runs, 0});
  CHECK(tally(server, passive) == passive);
  CHECK(nginx_itself.accepted() == runs);

  const Question client{hosts.daemons.at(1), "active", 80, "opened closed failed attempts now"};
  const std::string all = flow_line("all", client.counts, {runs, runs, 0, runs, 0});
  const std::string counted = total(client, all);
  const json flows = client.flows();
  CAPTURE(flows.dump(1));
  CAPTURE(client.daemon.get("/metrics").body);
  CHECK(counted == all);
  for (const json& flow : flows) CHECK(flow.at("process").at("name") == "lab-brief");
  // Of some a tick saw the executable, since they still ran: those are another kind.
  CHECK(flows.size() <= 9);
  const json& folded = *std::max_element(flows.begin(), flows.end(), [](auto& a, auto& b) {
    return count_of(a, "opened") < count_of(b, "opened");
  });
  CHECK(count_of(folded, "opened") > runs / 2);
  CHECK(folded.at("process").at("pgid").is_null());
  CHECK(folded.at("process").at("groups") > 1'000);
  CHECK(folded.at("process").at("uid") == 0);
}

TEST_CASE("a program that is gone before any look is told by all that the kernel knew of it") {
  TwoHosts hosts;
  nginx(hosts.server);
  const Program& lasting = hold(hosts.client, "10.0.0.2", 80);
  hosts.watch(by_events());
  Argv as_nobody = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"};
  const Argv call = brief({"call", "10.0.0.2", "80"});
  as_nobody.insert(as_nobody.end(), call.begin(), call.end());
  Program& gone = hosts.client.start(as_nobody);
  REQUIRE(gone.wait(10s) == 0);

  const Question client{hosts.daemons.at(1), "active", 80, "opened closed now"};
  const auto flow_of = [&](const Program& program) {
    for (const json& flow : client.flows()) {
      const json& process = flow.at("process");
      if (process.is_object() && process.at("pgid") == program.pgid()) return flow;
    }
    return json();
  };
  REQUIRE(eventually(10s, [&] { return flow_of(gone).is_object(); }));
  REQUIRE(eventually(10s, [&] { return flow_of(lasting).is_object(); }));
  const json flow = flow_of(gone);
  CHECK(flow.at("evidence") == "event");
  CHECK(count_of(flow, "opened") == 1);
  CHECK(flow.at("process").at("name") == "lab-brief");
  CHECK(flow.at("process").at("uid") == 65534);
  // Both were started alike.
  CHECK(flow.at("process").at("unit") == flow_of(lasting).at("process").at("unit"));
  CHECK(flow.at("process").at("container") == flow_of(lasting).at("process").at("container"));
}

TEST_CASE("a server that lives for a moment between two looks is an end of which is said why") {
  TwoHosts hosts;
  hosts.watch(by_events({"--interval", "2s"}));
  const std::string path = hosts.client.dir() / "serving";
  REQUIRE(hosts.client.run({"mkfifo", path}).status == 0);
  const std::string serve = "exec " LAB_BRIEF " serve 80 > " + path;
  const std::string call = "read -r serving < " + path + " && exec " LAB_BRIEF " call 10.0.0.2 80";
  Program& client = hosts.client.start({"sh", "-c", call});
  Program& server = hosts.server.start({"sh", "-c", serve});
  REQUIRE(client.wait(10s) == 0);
  REQUIRE(server.wait(10s) == 0);

  const Question active{hosts.daemons.at(1), "active", 80, "opened closed now"};
  const std::string called = flow_line("lab-brief", active.counts, {1, 1, 0});
  CHECK(tally(active, called) == called);
  // A look may have come by, on a machine that is slow.
  const Question passive{hosts.daemons.at(0), "passive", 80, active.counts};
  const std::string nobody = flow_line("exited", passive.counts, {1, 1, 0});
  const std::string served = tally(passive, nobody);
  CHECK((served == nobody || served == called));

  const std::string source = "client/lab-brief/" + std::to_string(client.pgid());
  const std::string edge = lines({arrow(source, "10.0.0.2", "10.0.0.2:80")});
  const std::string named =
      lines({arrow(source, "server/lab-brief/" + std::to_string(server.pgid()), "10.0.0.2:80")});
  const std::string seen_edge = seen(hosts.client, {"deps", "10.0.0.1"}, edge);
  CHECK((seen_edge == edge || seen_edge == named));
}

TEST_SUITE_END();
