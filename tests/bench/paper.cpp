// Part a: the paper's experiment. What does an application notice of the tracer beside it?
//
// Two loads. wrk asks as fast as it can, so that on two cores whatever the tracer takes is missing
// from the throughput. The pacer asks at a fixed rate and counts from when a request was due, which
// is what users of a server that is not overloaded would see.
//
// Tracers take turns in rounds, in random order within a round, on the same server and for the
// pacer over the same connections; so a machine that drifts does so for all of them. Differences
// are taken within rounds.
#include <algorithm>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "bench/beside.h"
#include "bench/parts.h"
#include "bench/tracers.h"
#include "bench/web.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;

constexpr unsigned paced_rate = 5'000;
constexpr const char* log_everywhere = "/proc/sys/net/netfilter/nf_log_all_netns";

/// What the load saw beside one tracer, round by round.
struct Seen {
  std::vector<Answers> answers;
  std::vector<double> cpu;  ///< of the tracer, % of a core

  [[nodiscard]] std::vector<double> all(double Answers::*figure) const {
    std::vector<double> values;
    for (const Answers& each : answers) values.push_back(each.*figure);
    return values;
  }
};
/// In the order in which they are told, "none" first.
using SeenByTracer = std::vector<std::pair<std::string, Seen>>;

Seen& seen_by(SeenByTracer& all, const std::string& tracer) {
  return std::find_if(all.begin(), all.end(),
                      [&](const auto& each) { return each.first == tracer; })
      ->second;
}

/// A turn of one tracer under a load, which returns what it saw, if it saw anything.
template <class Load>
void take_turn(Tracer& tracer, const Load& load, Seen& seen) {
  tracer.start();
  std::this_thread::sleep_for(tracer.settling());
  const Nanoseconds before = tracer.cpu();
  const auto began = std::chrono::steady_clock::now();
  const std::optional<Answers> answers = load();
  const auto took = std::chrono::steady_clock::now() - began;
  if (answers) seen.answers.push_back(*answers);
  seen.cpu.push_back(100 * milliseconds_of(tracer.cpu() - before) / milliseconds_of(took));
  tracer.stop();
}

/// Each tracer once, in an order of chance, which is the same for every run of the benchmark.
template <class Load>
void take_round(const Tracers& tracers, const Load& load, SeenByTracer& seen) {
  static std::mt19937 chance(20251125);
  std::vector<Tracer*> order;
  for (const auto& tracer : tracers) order.push_back(tracer.get());
  std::shuffle(order.begin(), order.end(), chance);
  for (Tracer* tracer : order) take_turn(*tracer, load, seen_by(seen, tracer->name()));
}

struct Column {
  const char* name;
  const char* unit;
  double Answers::*figure;
};
constexpr Column throughput{"requests", "1/s", &Answers::per_second};
constexpr Column average{"mean", "us", &Answers::mean};
constexpr Column half{"p50", "us", &Answers::p50};
constexpr Column tail{"p99", "us", &Answers::p99};

void report_seen(Report& report, const std::string& load, const SeenByTracer& seen,
                 const std::vector<Column>& columns) {
  for (const auto& [tracer, of] : seen) {
    if (of.answers.empty()) continue;
    for (const Column& column : columns) {
      report.add({.bench = "paper",
                  .what = load + ", " + tracer + ": " + column.name,
                  .unit = column.unit,
                  .samples = of.all(column.figure)});
    }
    if (median(of.cpu) > 0) {
      report.add({.bench = "paper",
                  .what = load + ", " + tracer + ": CPU of a core",
                  .unit = "%",
                  .samples = of.cpu});
    }
  }
}

/// Of ttracerd from "none" of the same round, in per cent of it. `widest`: the interval shall hold
/// 0, and be narrower.
void report_difference(Report& report, const std::string& load, const SeenByTracer& seen,
                       const Column& column, std::optional<double> widest) {
  const auto none = seen.at(0).second.all(column.figure);
  const auto with = seen.at(1).second.all(column.figure);
  Figure figure{.bench = "paper",
                .what = load + ", ttracerd - none, in pairs: " + column.name,
                .unit = "%",
                .samples = {}};
  for (std::size_t i = 0; i < std::min(none.size(), with.size()); ++i) {
    figure.samples.push_back(100 * (with[i] - none[i]) / none[i]);
  }
  figure.demand_nothing(widest);
  report.add(figure);
}

/// `pairs` turns of none and of ttracerd, and in the first `rounds` of them also of the others.
struct Turns {
  unsigned connections;
  unsigned pairs;
  unsigned rounds;
  std::chrono::seconds length;
};

template <class Load>
SeenByTracer take_turns(Site& site, const Turns& turns, const Load& load) {
  const Tracers pair = the_pair(site);
  const Tracers others = the_others(site);
  SeenByTracer seen;
  for (const Tracers* tracers : {&pair, &others}) {
    for (const auto& tracer : *tracers) seen.emplace_back(tracer->name(), Seen());
  }
  for (unsigned round = 0; round < turns.pairs; ++round) {
    take_round(pair, load, seen);
    if (round < turns.rounds) take_round(others, load, seen);
  }
  return seen;
}

void measure_paced(Report& report, const Turns& turns) {
  const std::string load = thousands(turns.connections) + " connections, paced";
  progress("paper: " + load);
  Site site;
  serve_web(site);
  Pacer pacer(site, turns.connections, paced_rate);
  pacer.listen(4s);  // until every connection has spoken once
  const SeenByTracer seen = take_turns(site, turns, [&] { return pacer.listen(turns.length); });
  report_seen(report, load, seen, {average, half, tail});
  constexpr unsigned enough = 6;
  if (turns.pairs < enough) return;
  report_difference(report, load, seen, throughput, 3);
  report_difference(report, load, seen, average, 3);
  report_difference(report, load, seen, half, 3);
  report_difference(report, load, seen, tail, std::nullopt);
}

void measure_saturated(Report& report, const Turns& turns) {
  const std::string load = thousands(turns.connections) + " connections, wrk";
  progress("paper: " + load);
  Site site;
  for (const lab::Host* host : {&site.here, &site.far}) {
    set_kernel(*host, "net/ipv4/tcp_max_tw_buckets", "100");
  }
  serve_web(site);
  const SeenByTracer seen =
      take_turns(site, turns, [&] { return run_wrk(site, turns.connections, turns.length); });
  report_seen(report, load, seen, {throughput, average, half, tail});
}

}  // namespace

void paper(Report& report, const Plan& plan) {
  const MachineSetting logs(log_everywhere, "1");
  if (plan.quick) {
    measure_paced(report, {.connections = 20'000, .pairs = 2, .rounds = 0, .length = 2s});
    return;
  }
  for (const unsigned connections : {5'000U, 10'000U, 15'000U}) {
    measure_paced(report, {.connections = connections, .pairs = 2, .rounds = 0, .length = 3s});
  }
  measure_paced(report, {.connections = 20'000, .pairs = 32, .rounds = 2, .length = 2s});
  for (const unsigned connections : {5'000U, 10'000U, 15'000U}) {
    measure_saturated(report, {.connections = connections, .pairs = 1, .rounds = 1, .length = 3s});
  }
  measure_saturated(report, {.connections = 20'000, .pairs = 2, .rounds = 2, .length = 3s});
}

}  // namespace ttq::bench
