#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr unsigned pairs = 4;  // a process may not hold them all: RLIMIT_NOFILE
constexpr unsigned held_by_each = 5'000;
constexpr std::uint16_t first_port = 8001;

/// "8001 5000 5000" for each flow of that role: port, connections now and at most.
std::string counts(const Daemon& daemon, const std::string& role) {
  std::vector<std::string> rows;
  const json answer = daemon.json("/v1/flows?role=" + role);
  for (const json& flow : answer.at("flows")) {
    const json& port = flow.at("listen").at("port");
    if (port == 18870) continue;  // our own questions
    const json& connections = flow.at("connections");
    rows.push_back(port.dump() + " " + connections.at("now").dump() + " " +
                   connections.at("max").dump());
  }
  return lines(std::move(rows));
}

}  // namespace

TEST_CASE("20,000 held connections are counted right, with nothing dropped") {
  TwoHosts hosts;
  std::vector<std::string> rows;
  for (std::uint16_t port = first_port; port < first_port + pairs; ++port) {
    serve(hosts.server, port);
    hold(hosts.client, "10.0.0.2", port, held_by_each);
    rows.push_back(std::to_string(port) + " 5000 5000");
  }
  hosts.watch();
  const std::string expected = lines(rows);
  const Daemon& server = hosts.daemons.at(0);
  const Daemon& client = hosts.daemons.at(1);
  CHECK(settled(
            20s, [&] { return counts(server, "passive"); }, expected) == expected);
  CHECK(settled(
            20s, [&] { return counts(client, "active"); }, expected) == expected);
  for (const Daemon& daemon : hosts.daemons) {
    CHECK(daemon.metric("ttracerd_dropped_flows_total") == 0);
    CHECK(daemon.metric("ttracerd_sockets") >= pairs * held_by_each);
    CHECK(daemon.metric("ttracerd_last_snapshot_seconds") > 0);
    CHECK(daemon.metric("ttracerd_last_snapshot_seconds") < 1);
  }
}
