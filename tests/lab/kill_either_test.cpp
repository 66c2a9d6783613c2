#include <doctest/doctest.h>

#include <chrono>
#include <random>
#include <thread>

#include "lab/daemon_processes.h"
#include "lab/servers.h"
#include "lab/victim.h"
#include "support/chosen.h"

using namespace ttq::lab;
using ttq::test::chosen;
using namespace std::chrono_literals;

namespace {

/// A server that keeps ending is replaced after ever longer pauses; with a new collector they begin
/// anew.
constexpr int most_servers_in_a_row = 3;

bool has_ended(pid_t pid) { return !std::filesystem::exists("/proc/" + std::to_string(pid)); }

/// The collector replaces it.
void kill_server(Daemon& daemon) {
  const pid_t server = server_of(daemon.program());
  REQUIRE(server != 0);
  ::kill(server, SIGKILL);
  REQUIRE(eventually(10s, [&] {
    const pid_t now = server_of(daemon.program());
    return now != 0 && now != server && daemon.get("/v1/health").status == 200;
  }));
}

/// The server ends by itself, and lets go of the store.
void kill_collector(Daemon& daemon) {
  const pid_t server = server_of(daemon.program());
  REQUIRE(server != 0);
  ::kill(daemon.program().pid(), SIGKILL);
  CHECK(daemon.program().wait(10s) == 128 + SIGKILL);
  REQUIRE(eventually(10s, [&] { return has_ended(server); }));
  daemon.start();
}

}  // namespace

/// $KILLS: .ci/run has time for fewer. $KILL_SEED: to see the same again.
TEST_CASE("either process is killed, again and again, and no closed window changes") {
  const unsigned kills = chosen("KILLS", 300);
  Lab lab;
  Host& host = lab.host("server", "10.0.0.2");
  serve(host, 80);
  hold(host, "10.0.0.2", 80, 10);
  wrk(host, "http://127.0.0.1:1/");  // refused connects: sockets that come and go
  Victim victim(host, {"--probe", "netlink"});
  const unsigned seed = chosen("KILL_SEED", std::random_device()());
  CAPTURE(seed);
  std::mt19937 random(seed);
  int servers_in_a_row = 0;
  for (unsigned round = 0; round < kills; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 250));
    victim.remember();
    const bool is_servers_turn = random() % 2 == 0 && servers_in_a_row < most_servers_in_a_row;
    servers_in_a_row = is_servers_turn ? servers_in_a_row + 1 : 0;
    is_servers_turn ? kill_server(victim.daemon()) : kill_collector(victim.daemon());
    if (round % 50 == 49) CHECK(victim.changed().empty());
  }
  CHECK(victim.remembered() > kills / 10);
  CHECK(victim.changed().empty());
  const ttq::Time last = wall_clock();
  CHECK(eventually(5s, [&] { return victim.covered(last); }));
}
