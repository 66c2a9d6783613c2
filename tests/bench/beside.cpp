#include "bench/beside.h"

#include <array>
#include <nlohmann/json.hpp>

namespace ttq::bench {
namespace {

using nlohmann::json;

/// Counters of the daemon at one moment.
struct Reading {
  Nanoseconds cpu;
  double ticks;
  double snapshot;
  double join;
  double fold;
};

Reading read(const Watcher& daemon) {
  daemon.await_pause();
  const auto metrics = daemon.metrics();
  return {cpu_of(daemon.pid()), metrics.at("ttracerd_ticks_total"),
          metrics.at("ttracerd_snapshot_seconds_total"), metrics.at("ttracerd_join_seconds_total"),
          metrics.at("ttracerd_fold_seconds_total")};
}

/// CPU of the floor's ticks, in milliseconds.
double run_floor(const Site& site, const Watcher& daemon, unsigned ticks) {
  const lab::Outcome floor =
      site.ask_here({bench_program("bench-floor"), "--ticks", std::to_string(ticks),
                     "--interval-ms", std::to_string(daemon.interval().count())});
  const json said = json::parse(floor.out, nullptr, false);
  if (!said.is_object()) lab::give_up("bench-floor: " + floor.err);
  return mean(said.at("cpu_us").get<std::vector<double>>()) / 1000;
}

}  // namespace

void sample_beside(const Site& site, const Watcher& daemon, TickSamples& samples, unsigned ticks) {
  const Reading before = read(daemon);
  const double floor = run_floor(site, daemon, ticks);
  const Reading after = read(daemon);
  const double made = after.ticks - before.ticks;
  if (made < 1) lab::give_up("ttracerd did not tick");
  samples.daemon.push_back(milliseconds_of(after.cpu - before.cpu) / made);
  samples.floor.push_back(floor);
  samples.ratio.push_back(samples.daemon.back() / floor);
  samples.snapshot.push_back((after.snapshot - before.snapshot) * 1000 / made);
  samples.join.push_back((after.join - before.join) * 1000 / made);
  samples.fold.push_back((after.fold - before.fold) * 1000 / made);
}

void report_ticks(Report& report, const std::string& bench, const std::string& at,
                  const TickSamples& samples, std::optional<double> limit) {
  const auto add = [&](const char* what, const std::vector<double>& of) {
    report.add({.bench = bench, .what = what + (", " + at), .unit = "ms", .samples = of});
  };
  add("ttracerd, CPU per tick", samples.daemon);
  add("floor, CPU per tick", samples.floor);
  Figure ratio{
      .bench = bench, .what = "ttracerd / floor, " + at, .unit = "", .samples = samples.ratio};
  if (limit) ratio.demand(*limit);
  report.add(ratio);
  add("ttracerd, its time in the kernel's tables", samples.snapshot);
  add("ttracerd, its time to find owners", samples.join);
  add("ttracerd, its time to fold", samples.fold);
}

std::string thousands(unsigned count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

}  // namespace ttq::bench
