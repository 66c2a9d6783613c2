// How many of the connections that a host opens each probe sees, by how long they live.
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/events.h"
#include "bench/watcher.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

struct Life {
  const char* name;
  const char* milliseconds;
  unsigned port;
};
constexpr Life lives[] = {{"closed at once", "0", 22'000},
                          {"that live for 10 ms", "10", 22'001},
                          {"that live for 100 ms", "100", 22'002}};

/// Returns how many there were.
double open_and_close(Site& site, pid_t here, const Life& life, std::chrono::seconds length) {
  const std::string port = std::to_string(life.port);
  await_word(site.start_far({bench_program("bench-holder"), "serve", site.far.address(), port}),
             "serving", 10s);
  const double before = tcp_counter(here, "ActiveOpens");
  lab::Program& client = site.start_here({bench_program("bench-churner"), site.far.address(), port,
                                          "--rate", "200", "--life-ms", life.milliseconds});
  std::this_thread::sleep_for(length);
  client.stop();
  return tcp_counter(here, "ActiveOpens") - before;
}

/// What the daemon tells of connections whose program it knows.
double seen_by(const Watcher& daemon, const Life& life) {
  const json report = json::parse(
      daemon.get("/v1/flows?role=active&port=" + std::to_string(life.port)), nullptr, false);
  if (!report.is_object()) lab::give_up("ttracerd answers no flows");
  double opened = 0;
  for (const json& flow : report.at("flows")) {
    if (!flow.at("process").is_null()) opened += flow.at("connections").at("opened").get<double>();
  }
  return opened;
}

}  // namespace

void measure_sightings(Report& report, const Plan& plan) {
  progress("events: who sees short connections");
  Site site;
  keep_little_time_wait(site);
  const Watcher polling(site, Probe::netlink);
  const Watcher told(site, Probe::ebpf);
  told.await_ticks(3);
  std::vector<double> opened;
  for (const Life& life : lives) {
    opened.push_back(open_and_close(site, told.pid(), life, plan.quick ? 5s : 10s));
  }
  std::this_thread::sleep_for(8s);  // until both have told their stores
  for (std::size_t i = 0; i < opened.size(); ++i) {
    const auto add = [&](const char* probe, const Watcher& daemon) {
      report.add({.bench = "events",
                  .what = std::string("connections ") + lives[i].name + ", ttracerd --probe " +
                          probe + ": seen",
                  .unit = "%",
                  .samples = {100 * seen_by(daemon, lives[i]) / opened[i]}});
    };
    add("netlink", polling);
    add("ebpf", told);
  }
}

}  // namespace ttq::bench
