#include "bench/turns.h"

#include <algorithm>
#include <random>
#include <thread>

#include "bench/beside.h"

namespace ttq::bench {
namespace {

Seen& seen_by(SeenByTracer& all, const std::string& tracer) {
  return std::find_if(all.begin(), all.end(),
                      [&](const auto& each) { return each.first == tracer; })
      ->second;
}

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
void take_round(const Tracers& tracers, const Load& load, SeenByTracer& seen) {
  static std::mt19937 chance(20251125);
  std::vector<Tracer*> order;
  for (const auto& tracer : tracers) order.push_back(tracer.get());
  std::shuffle(order.begin(), order.end(), chance);
  for (Tracer* tracer : order) take_turn(*tracer, load, seen_by(seen, tracer->name()));
}

}  // namespace

std::vector<double> Seen::all(double Answers::*figure) const {
  std::vector<double> values;
  for (const Answers& each : answers) values.push_back(each.*figure);
  return values;
}

SeenByTracer take_turns(const Tracers& pair, const Tracers& others, const Turns& turns,
                        const Load& load) {
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

void report_seen(Report& report, const std::string& bench, const std::string& load,
                 const SeenByTracer& seen, const std::vector<Column>& columns) {
  for (const auto& [tracer, of] : seen) {
    if (of.answers.empty()) continue;
    for (const Column& column : columns) {
      report.add({.bench = bench,
                  .what = load + ", " + tracer + ": " + column.name,
                  .unit = column.unit,
                  .samples = of.all(column.figure)});
    }
    if (median(of.cpu) > 0) {
      report.add({.bench = bench,
                  .what = load + ", " + tracer + ": CPU of a core",
                  .unit = "%",
                  .samples = of.cpu});
    }
  }
}

std::vector<double> differences(const Seen& with, const Seen& without, const Column& column) {
  const auto these = with.all(column.figure);
  const auto those = without.all(column.figure);
  std::vector<double> found;
  for (std::size_t i = 0; i < std::min(these.size(), those.size()); ++i) {
    found.push_back(100 * (these[i] - those[i]) / those[i]);
  }
  return found;
}

}  // namespace ttq::bench
