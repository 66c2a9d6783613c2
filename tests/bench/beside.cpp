#include "bench/beside.h"

#include <algorithm>
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
  double sockets;
};

/// What the floor says of itself.
struct FloorReading {
  double cpu;  ///< ms per tick
  double sockets;
};

Reading read(const Watcher& daemon) {
  daemon.await_pause();
  const auto metrics = daemon.metrics();
  return {cpu_of(daemon.pid()),
          metrics.at("ttracerd_ticks_total"),
          metrics.at("ttracerd_snapshot_seconds_total"),
          metrics.at("ttracerd_join_seconds_total"),
          metrics.at("ttracerd_fold_seconds_total"),
          metrics.at("ttracerd_sockets")};
}

FloorReading run_floor(Site& site, const Watcher& daemon, unsigned ticks) {
  lab::Program& floor =
      site.start_here({bench_program("bench-floor"), "--ticks", std::to_string(ticks),
                       "--interval-ms", std::to_string(daemon.interval().count())});
  floor.wait(daemon.interval() * ticks + std::chrono::seconds(60));
  const json said = json::parse(floor.log(), nullptr, false);
  if (!said.is_object()) lab::give_up("bench-floor: " + floor.log());
  return {mean(said.at("cpu_us").get<std::vector<double>>()) / 1000,
          said.at("sockets").get<double>()};
}

}  // namespace

void sample_beside(Site& site, const Watcher& daemon, TickSamples& samples, unsigned ticks) {
  const Reading before = read(daemon);
  const FloorReading floor = run_floor(site, daemon, ticks);
  const Reading after = read(daemon);
  const double made = after.ticks - before.ticks;
  if (made < 1) lab::give_up("ttracerd did not tick");
  samples.daemon.push_back(milliseconds_of(after.cpu - before.cpu) / made);
  samples.floor.push_back(floor.cpu);
  samples.ratio.push_back(samples.daemon.back() / floor.cpu);
  samples.share.push_back(100 * samples.daemon.back() / milliseconds_of(daemon.interval()));
  samples.sockets = std::min(floor.sockets, after.sockets);
  samples.snapshot.push_back((after.snapshot - before.snapshot) * 1000 / made);
  samples.join.push_back((after.join - before.join) * 1000 / made);
  samples.fold.push_back((after.fold - before.fold) * 1000 / made);
}

void report_ticks(Report& report, const std::string& bench, const std::string& at,
                  const TickSamples& samples, std::optional<double> limit) {
  const auto add = [&](const char* what, const char* unit, const std::vector<double>& of) {
    report.add({.bench = bench, .what = at + ": " + what, .unit = unit, .samples = of});
  };
  add("ttracerd, CPU per tick", "ms", samples.daemon);
  add("ttracerd, of a core", "%", samples.share);
  add("floor, CPU per tick", "ms", samples.floor);
  Figure ratio{
      .bench = bench, .what = at + ": ttracerd / floor", .unit = "", .samples = samples.ratio};
  if (limit) ratio.demand(*limit);
  report.add(ratio);
  add("its snapshot", "ms", samples.snapshot);
  constexpr double nothing = 0.5;
  if (median(samples.join) > nothing) add("its join", "ms", samples.join);
  if (median(samples.fold) > nothing) add("its fold", "ms", samples.fold);
}

std::string thousands(unsigned count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

}  // namespace ttq::bench
