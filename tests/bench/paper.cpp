// Part a: the paper's experiment. What does an application notice of the tracer beside it?
//
// Two loads. wrk asks as fast as it can, so that on two cores whatever the tracer takes is missing
// from the throughput. The pacer asks at a fixed rate and counts from when a request was due, which
// is what users of a server that is not overloaded would see.
#include <optional>

#include "bench/beside.h"
#include "bench/parts.h"
#include "bench/turns.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;

constexpr unsigned paced_rate = 5'000;

Tracers the_pair(Site& site) {
  return tracers(no_tracer(), polling_daemon(site, "ttracerd at 1 s"));
}

Tracers the_others(Site& site, const Turns& turns) {
  if (turns.rounds == 0) return {};
  constexpr auto until_all_have_spoken = 5s;
  return tracers(daemon_of_events(site, "ttracerd with events"),
                 firewall_log(site, "ESTABLISHED", until_all_have_spoken),
                 firewall_log(site, "NEW", until_all_have_spoken), ss_each_second(site));
}

/// Of ttracerd from "none" of the same round, in per cent of it. `widest`: the interval shall hold
/// 0, and be narrower.
void report_difference(Report& report, const std::string& load, const SeenByTracer& seen,
                       const Column& column, std::optional<double> widest) {
  Figure figure{.bench = "paper",
                .what = load + ", ttracerd - none, in pairs: " + column.name,
                .unit = "%",
                .samples = differences(seen.at(1).second, seen.at(0).second, column)};
  figure.demand_nothing(widest);
  report.add(figure);
}

struct Measurement {
  unsigned connections;
  Turns turns;
  std::chrono::seconds length;
};

void measure_paced(Report& report, const Measurement& plan) {
  const std::string load = thousands(plan.connections) + " connections, paced";
  progress("paper: " + load);
  Site site;
  serve_web(site);
  Pacer pacer(site, plan.connections, paced_rate);
  pacer.listen(4s);  // until every connection has spoken once
  const SeenByTracer seen = take_turns(the_pair(site), the_others(site, plan.turns), plan.turns,
                                       [&] { return pacer.listen(plan.length); });
  report_seen(report, "paper", load, seen, {average, half, tail});
  constexpr unsigned enough = 6;
  if (plan.turns.pairs < enough) return;
  report_difference(report, load, seen, throughput, 3);
  report_difference(report, load, seen, average, 3);
  report_difference(report, load, seen, half, 3);
  report_difference(report, load, seen, tail, std::nullopt);
}

void measure_saturated(Report& report, const Measurement& plan) {
  const std::string load = thousands(plan.connections) + " connections, wrk";
  progress("paper: " + load);
  Site site;
  keep_little_time_wait(site);
  serve_web(site);
  const SeenByTracer seen =
      take_turns(the_pair(site), the_others(site, plan.turns), plan.turns,
                 [&] { return run_wrk(site, plan.connections, plan.length); });
  report_seen(report, "paper", load, seen, {throughput, average, half, tail});
}

}  // namespace

void paper(Report& report, const Plan& plan) {
  const MachineSetting logs(log_everywhere, "1");
  if (plan.quick) {
    measure_paced(report,
                  {.connections = 20'000, .turns = {.pairs = 2, .rounds = 0}, .length = 2s});
    return;
  }
  for (const unsigned connections : {5'000U, 10'000U, 15'000U}) {
    measure_paced(report,
                  {.connections = connections, .turns = {.pairs = 2, .rounds = 0}, .length = 3s});
  }
  measure_paced(report, {.connections = 20'000, .turns = {.pairs = 32, .rounds = 2}, .length = 2s});
  for (const unsigned connections : {5'000U, 10'000U, 15'000U}) {
    measure_saturated(
        report, {.connections = connections, .turns = {.pairs = 1, .rounds = 1}, .length = 3s});
  }
  measure_saturated(report,
                    {.connections = 20'000, .turns = {.pairs = 2, .rounds = 2}, .length = 3s});
}

}  // namespace ttq::bench
