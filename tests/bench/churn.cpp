// Part c: new connections all the time, beside many that are held; the watched host opens them.
#include "bench/beside.h"
#include "bench/crowd.h"
#include "bench/parts.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;

constexpr unsigned held_beside = 20'000;
constexpr unsigned rate = 1'000;
constexpr const char* port = "19000";

struct Manner {
  std::string name;
  unsigned processes;
  const char* far_life;   ///< ms after which the far end closes
  const char* here_life;  ///< ms after which this end closes
  std::chrono::seconds settle;
};

/// Whoever closes first keeps the row in TIME_WAIT, for a minute.
const std::vector<Manner> manners = {
    {"1,000 new/s from one process", 1, "700", "1000", 4s},
    {"1,000 new/s from 200 processes", 200, "700", "1000", 4s},
    {"1,000 new/s from one process that closes first", 1, "2000", "1000", 25s},
};

lab::Argv churner(const Site& site, const Manner& manner) {
  lab::Argv argv;
  if (manner.processes > 1) argv = {bench_program("bench-swarm"), std::to_string(manner.processes)};
  argv.insert(argv.end(), {bench_program("bench-churner"), site.far.address(), port, "--rate",
                           std::to_string(rate / manner.processes), "--life-ms", manner.here_life});
  return argv;
}

void await_churning(lab::Program& program, const Manner& manner) {
  await_word(program, manner.processes > 1 ? "ready" : "churning", 30s);
  lab::run({"sleep", std::to_string(manner.settle.count())});
}

void sample(Site& site, const Watcher& daemon, TickSamples& samples, const Plan& plan) {
  for (unsigned round = 0; round < (plan.quick ? 1U : 2U); ++round) {
    sample_beside(site, daemon, samples, ticks_of_a_sample(plan.quick));
  }
}

/// Returns the samples that it took while connections came and went.
TickSamples measure(Report& report, Site& site, const Watcher& daemon, const Manner& manner,
                    const Plan& plan) {
  progress("churn: " + manner.name);
  lab::Program& server = site.start_far({bench_program("bench-holder"), "serve", site.far.address(),
                                         port, "--life-ms", manner.far_life});
  await_word(server, "serving", 10s);
  lab::Program& client = site.start_here(churner(site, manner));
  await_churning(client, manner);
  TickSamples samples;
  sample(site, daemon, samples, plan);
  report.add({.bench = "churn",
              .what = manner.name + ": sockets in the tables",
              .unit = "",
              .samples = {daemon.metrics().at("ttracerd_sockets")}});
  client.stop();
  server.stop();
  report_ticks(report, "churn", manner.name, samples);
  return samples;
}

}  // namespace

void churn(Report& report, const Plan& plan) {
  progress("churn: opening " + thousands(held_beside));
  Site site;
  set_kernel(site.far, "net/ipv4/tcp_max_tw_buckets", "100");
  hold(site, held_beside, Side::here_connects);
  const Watcher daemon(site, Probe::netlink);
  daemon.await_ticks(3);
  TickSamples steady;
  std::vector<std::pair<std::string, TickSamples>> churning;
  for (const Manner& manner : manners) {
    if (plan.quick && manner.processes == 1) continue;
    sample(site, daemon, steady, plan);
    churning.emplace_back(manner.name, measure(report, site, daemon, manner, plan));
  }
  for (const auto& [manner, samples] : churning) {
    Figure ratio{.bench = "churn",
                 .what = manner + ": ttracerd, churning / steady",
                 .unit = "",
                 .samples = {}};
    for (const double tick : samples.daemon) ratio.samples.push_back(tick / median(steady.daemon));
    ratio.demand(2);
    report.add(ratio);
  }
}

}  // namespace ttq::bench
