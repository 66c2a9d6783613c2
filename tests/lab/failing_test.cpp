// Connects that fail: what wants them depends on what does not answer (trap 14).
#include <doctest/doctest.h>

#include "lab/picture.h"
#include "lab/servers.h"
#include "lab/tally.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

constexpr const char* counts = "attempts failed opened closed now pending";

/// Has a neighbour's hardware address which is nobody's: SYNs go out and nothing comes back.
constexpr const char* silent = "10.0.0.98";
/// Nobody says that this one is his when he is asked by ARP.
constexpr const char* absent = "10.0.0.99";

/// Shell commands that write to the files in /proc/sys/net/ipv4, as the host has them.
void set_up(const Host& host, const std::string& commands) {
  REQUIRE(host.run({"sh", "-c", "cd /proc/sys/net/ipv4; " + commands}).status == 0);
}

/// Tries so often, one attempt after the other, and stays. Its log has a line for each.
Program& attempt(Host& host, const std::string& address, unsigned times) {
  return host.start(actor("attempt.py", {address, "80", std::to_string(times)}));
}

std::string repeated(const std::string& line, unsigned times) {
  std::string all;
  for (unsigned i = 0; i < times; ++i) all += line + "\n";
  return all;
}

/// What the program was told, `times` times; and what the daemon and ttq say of that.
void check_failing(const TwoHosts& hosts, const Program& program, const std::string& address,
                   const std::string& error, unsigned times) {
  const std::string log = repeated(error, times);
  CHECK(settled(
            20s, [&] { return program.log(); }, log) == log);
  const std::string failed = flow_line("python3", counts, {times, times, 0, 0, 0, 0});
  const Question question{hosts.daemons.at(1), "active", 80, counts};
  CHECK(tally(question, failed) == failed);

  const Argv deps = {"deps", "10.0.0.1", "--host-timeout", "500ms"};
  const std::string edge = lines({arrow(node(program), address, address + ":80")});
  CHECK(seen(hosts.client, deps, edge) == edge);
  const std::string tree = ask(hosts.client, deps).out;
  CAPTURE(tree);
  const std::string number = std::to_string(times);
  const std::string mark = " [FAILED: " + number + " of " + number + " attempts]";
  CHECK(tree.find(address + ":80/tcp" + mark) != std::string::npos);
}

}  // namespace

TEST_SUITE_BEGIN("events");

TEST_CASE("trap 14: connects that are refused are a dependency that fails") {
  TwoHosts hosts;
  hosts.watch(by_events());
  const Program& program = attempt(hosts.client, "10.0.0.2", 20);
  check_failing(hosts, program, "10.0.0.2", "[Errno 111] Connection refused", 20);
  // Whoever refuses has not been asked anything that it would count.
  CHECK(tally({hosts.daemons.at(0), "passive", 80, counts}).empty());
}

TEST_CASE("trap 14: connects that time out are a dependency that fails, once they have") {
  TwoHosts hosts;
  set_up(hosts.client,
         "echo 1 > tcp_syn_retries; [ ! -e tcp_syn_linear_timeouts ] || "
         "echo 0 > tcp_syn_linear_timeouts");
  REQUIRE(hosts.client
              .run({"ip", "neighbour", "add", silent, "lladdr", "02:00:00:00:00:62", "dev", "eth0",
                    "nud", "permanent"})
              .status == 0);
  hosts.watch(by_events());
  const Program& program = attempt(hosts.client, silent, 2);
  check_failing(hosts, program, silent, "[Errno 110] Connection timed out", 2);
}

TEST_CASE("trap 14: connects to a host that is not there are a dependency that fails") {
  TwoHosts hosts;
  set_up(hosts.client, "echo 1 > neigh/eth0/mcast_solicit");
  hosts.watch(by_events());
  const Program& program = attempt(hosts.client, absent, 3);
  check_failing(hosts, program, absent, "[Errno 113] No route to host", 3);
}

TEST_CASE("a client that fails, succeeds and fails again is counted in both ways") {
  TwoHosts hosts;
  hosts.watch(by_events());
  const Argv call = brief({"repeat", "30", "3", "call", "10.0.0.2", "80"});
  CHECK(hosts.client.run(call).status != 0);
  Program& server = serve(hosts.server, 80);
  CHECK(hosts.client.run(call).status == 0);
  server.stop();
  CHECK(hosts.client.run(call).status != 0);
  const Question client{hosts.daemons.at(1), "active", 80, counts};
  const std::string all = flow_line("all", counts, {90, 60, 30, 30, 0, 0});
  CHECK(total(client, all) == all);
}

TEST_SUITE_END();
