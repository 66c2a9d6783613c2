// Part d: many processes. Whoever wants to know which of them holds a socket looks into all.
#include "bench/beside.h"
#include "bench/crowd.h"
#include "bench/parts.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;

constexpr unsigned first_port = 21'000;
constexpr unsigned most_by_server = 10'000;
constexpr unsigned lone_port = 19'000;

lab::Argv server(const Site& site, unsigned port) {
  return {bench_program("bench-holder"), "serve", site.far.address(), std::to_string(port)};
}

/// So many processes here, each with so many connections to the far host.
void hold_by_many(Site& site, unsigned processes, unsigned each) {
  const unsigned servers = processes * each / most_by_server + 2;
  for (unsigned i = 0; i < servers; ++i) {
    await_word(site.start_far(server(site, first_port + i)), "serving", 10s);
  }
  lab::Program& swarm = site.start_here({bench_program("bench-swarm"), std::to_string(processes),
                                         bench_program("bench-holder"), "connect",
                                         site.far.address(), std::to_string(first_port),
                                         std::to_string(each), "--ports", std::to_string(servers)});
  await_word(swarm, "ready", 300s);
}

/// A connection a second, from a process of its own. Each outlives the next one's beginning, so
/// that no tick can fall between two.
void sample_one_new(Site& site, const Watcher& daemon, TickSamples& samples, unsigned ticks) {
  await_word(site.start_far(server(site, lone_port)), "serving", 10s);
  lab::Program& client =
      site.start_here({bench_program("bench-churner"), site.far.address(),
                       std::to_string(lone_port), "--rate", "1", "--life-ms", "1500"});
  await_word(client, "churning", 10s);
  sample_beside(site, daemon, samples, ticks);
  client.stop();
}

void measure(Report& report, unsigned processes, unsigned each, const Plan& plan) {
  const unsigned ticks = ticks_of_a_sample(plan.quick);
  const std::string at = thousands(processes) + " processes with " + thousands(each) + " each";
  progress("many: starting " + at);
  Site site;
  hold_by_many(site, processes, each);
  const Watcher daemon(site, Probe::netlink);
  progress("many: measuring " + at);
  report.add({.bench = "many",
              .what = at + ": ttracerd, CPU to start",
              .unit = "ms",
              .samples = {milliseconds_of(daemon.start_cpu())}});
  daemon.await_ticks(3);
  TickSamples steady;
  TickSamples one_new;
  for (unsigned round = 0; round < (plan.quick ? 1U : 2U); ++round) {
    sample_beside(site, daemon, steady, ticks);
  }
  sample_one_new(site, daemon, one_new, ticks);
  report_ticks(report, "many", at, steady);
  report_ticks(report, "many", at + ", one new socket a tick", one_new);
  report.add({.bench = "many",
              .what = at + ": ttracerd, memory",
              .unit = "MiB",
              .samples = {memory_of(daemon.pid()) / 1024 / 1024}});
}

}  // namespace

void many(Report& report, const Plan& plan) {
  if (plan.quick) {
    measure(report, 1'000, 3, plan);
    return;
  }
  measure(report, 5'000, 3, plan);
  measure(report, 300, 1'000, plan);
}

}  // namespace ttq::bench
