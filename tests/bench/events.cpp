// Part h: connections that last for one request, which is where counting events could cost
// something: what the server notices of whoever learns of each of them.
//
// As in the paper's experiment, wrk asks as fast as it can, and another load at a fixed rate counts
// from when a request was due. Where wrk is as fast as it can be, a connection takes about 100 us
// of CPU at both ends; so a hundredth of the throughput is one microsecond.
#include "bench/events.h"

#include "bench/beside.h"
#include "bench/turns.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;

constexpr unsigned at_once = 64;
constexpr unsigned paced_rate = 2'000;
constexpr const char* events_name = "ttracerd --probe ebpf";

Tracers the_pair(Site& site) { return tracers(no_tracer(), daemon_of_events(site, events_name)); }

Tracers the_others(Site& site) {
  return tracers(polling_daemon(site, "ttracerd --probe netlink"), firewall_log(site, "NEW", 1s),
                 bpftrace_of_states(site));
}

struct Measurement {
  Turns turns;
  std::chrono::seconds length;
};

Measurement measurement_of(const Plan& plan, unsigned pairs) {
  if (plan.quick) return {.turns = {.pairs = 2, .rounds = 2}, .length = 2s};
  return {.turns = {.pairs = pairs, .rounds = 3}, .length = 3s};
}

/// By which the figure with events is worse than that with none. `sign`: of what is worse. Of a few
/// pairs nothing is demanded: one that met somebody else's work decides them.
void report_loss(Report& report, const std::string& load, const SeenByTracer& seen,
                 const Column& column, double sign, std::optional<double> limit) {
  if (seen.at(1).first != events_name) return;
  Figure loss{.bench = "events",
              .what = load + ", ttracerd --probe ebpf against none, in pairs: " + column.name +
                      (sign > 0 ? ", more" : ", less"),
              .unit = "%",
              .samples = differences(seen.at(1).second, seen.at(0).second, column)};
  for (double& each : loss.samples) each *= sign;
  constexpr std::size_t enough = 6;
  if (limit && loss.samples.size() >= enough) loss.demand(*limit);
  report.add(loss);
}

void measure_saturated(Report& report, const Plan& plan) {
  const std::string load = "wrk";
  const Measurement how = measurement_of(plan, 20);
  progress("events: " + load);
  Site site;
  keep_little_time_wait(site);
  serve_web(site);
  const SeenByTracer seen = take_turns(the_pair(site), the_others(site), how.turns, [&] {
    return run_wrk(site, at_once, how.length, Manner::closed);
  });
  report_seen(report, "events", load, seen, {throughput, half, tail});
  report_loss(report, load, seen, throughput, -1, 2);
}

void measure_paced(Report& report, const Plan& plan) {
  const std::string load = thousands(paced_rate) + "/s";
  const Measurement how = measurement_of(plan, 6);
  progress("events: " + load);
  Site site;
  keep_little_time_wait(site);
  serve_web(site);
  Pacer pacer(site, paced_rate);
  const SeenByTracer seen = take_turns(the_pair(site), the_others(site), how.turns,
                                       [&] { return pacer.listen(how.length); });
  report_seen(report, "events", load, seen, {throughput, half, tail});
  report_loss(report, load, seen, half, 1, std::nullopt);
  report_loss(report, load, seen, tail, 1, std::nullopt);
}

/// Why there are no events here; empty: there are.
std::string obstacle_to_events() {
  Site site;
  return obstacle_to(site, Probe::ebpf);
}

}  // namespace

void events(Report& report, const Plan& plan) {
  {
    const MachineSetting logs(log_everywhere, "1");
    measure_saturated(report, plan);
    measure_paced(report, plan);
  }
  if (const std::string obstacle = obstacle_to_events(); !obstacle.empty()) {
    progress("events: the rest is left out: " + obstacle);
    return;
  }
  measure_cost_of_events(report, plan);
  measure_held_beside_events(report, plan);
  measure_sightings(report, plan);
}

}  // namespace ttq::bench
