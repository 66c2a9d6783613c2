// Part b: what it costs to watch N connections that only stand there.
//
// The daemon runs all the time, as it would. The floor ticks at the same pace, between the daemon's
// ticks, so that both meet the same machine in the same second; the tools that are run by hand
// alternate with them, round by round.
#include <nlohmann/json.hpp>

#include "bench/crowd.h"
#include "bench/parts.h"
#include "bench/watcher.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr unsigned ticks_each = 5;  ///< of a sample: with the defaults it has one flush
constexpr double mebibyte = 1024.0 * 1024.0;

std::string thousands(unsigned count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

/// Samples of one count of sockets.
struct Samples {
  std::vector<double> daemon_ms;
  std::vector<double> floor_ms;
  std::vector<double> ratio;
  std::vector<double> snapshot_ms;
  std::vector<double> tcp_ms;  ///< ss -tnap
  std::vector<double> all_ms;  ///< ss -tunap
  std::vector<double> lsof_ms;
};

double milliseconds_of(Nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// CPU of a tool's run; nothing where it did not end in time.
void sample_tool(const Site& site, const lab::Argv& argv, std::vector<double>& samples) {
  const double taken = milliseconds_of(site.run_here(argv, 60s));
  if (taken > 0) samples.push_back(taken);
}

/// The floor ticks while the daemon does, half an interval later.
void sample_both(const Site& site, const Watcher& daemon, Samples& samples) {
  daemon.await_pause();
  const double ticks = daemon.metric("ttracerd_ticks_total");
  const Nanoseconds before = cpu_of(daemon.pid());
  const lab::Outcome floor =
      site.ask_here({bench_program("bench-floor"), "--ticks", std::to_string(ticks_each)});
  daemon.await_pause();
  const double used = milliseconds_of(cpu_of(daemon.pid()) - before);
  const double made = daemon.metric("ttracerd_ticks_total") - ticks;
  const json said = json::parse(floor.out, nullptr, false);
  if (!said.is_object() || made < 1) lab::give_up("bench-floor: " + floor.err);
  samples.daemon_ms.push_back(used / made);
  samples.floor_ms.push_back(mean(said.at("cpu_us").get<std::vector<double>>()) / 1000);
  samples.ratio.push_back(samples.daemon_ms.back() / samples.floor_ms.back());
  samples.snapshot_ms.push_back(daemon.metric("ttracerd_last_snapshot_seconds") * 1000);
}

void report_memory(Report& report, const Watcher& daemon, const std::string& at, double goal) {
  Figure now{.bench = "held",
             .what = "RSS, " + at,
             .unit = "MiB",
             .samples = {memory_of(daemon.pid(), "VmRSS") / mebibyte}};
  if (goal > 0) {
    now.goal = "at most " + std::to_string(static_cast<int>(goal));
    now.limit = goal;
  }
  report.add(now);
  report.add({.bench = "held",
              .what = "highest RSS since its start, " + at,
              .unit = "MiB",
              .samples = {memory_of(daemon.pid(), "VmHWM") / mebibyte}});
}

void report_samples(Report& report, const Samples& samples, const std::string& at) {
  const auto add = [&](const std::string& what, const char* unit, const std::vector<double>& of) {
    if (!of.empty()) {
      report.add({.bench = "held", .what = what + ", " + at, .unit = unit, .samples = of});
    }
  };
  add("ttracerd, CPU per tick", "ms", samples.daemon_ms);
  add("floor, CPU per tick", "ms", samples.floor_ms);
  report.add({.bench = "held",
              .what = "ttracerd / floor, " + at,
              .unit = "",
              .samples = samples.ratio,
              .goal = "at most 1.3",
              .limit = 1.3});
  add("ttracerd, its snapshot", "ms", samples.snapshot_ms);
  add("ss -tnap, CPU of a run", "ms", samples.tcp_ms);
  add("ss -tunap, CPU of a run", "ms", samples.all_ms);
  add("lsof -nP -i, CPU of a run", "ms", samples.lsof_ms);
}

void hold_and_measure(Report& report, unsigned count, unsigned rounds) {
  const std::string at = thousands(count) + " held";
  progress("held: opening " + thousands(count));
  Site site;
  hold(site, count);
  const Watcher daemon(site);
  daemon.await_ticks(3);
  progress("held: measuring at " + thousands(count));
  Samples samples;
  for (unsigned round = 0; round < rounds; ++round) {
    sample_both(site, daemon, samples);
    sample_tool(site, {"ss", "-tnap"}, samples.tcp_ms);
    sample_tool(site, {"ss", "-tunap"}, samples.all_ms);
    if (count <= 20'000) sample_tool(site, {"lsof", "-nP", "-i"}, samples.lsof_ms);
  }
  report_samples(report, samples, at);
  report_memory(report, daemon, at, count == 20'000 ? 32 : 0);
}

}  // namespace

void held(Report& report, const Plan& plan) {
  std::vector<unsigned> counts = plan.counts;
  if (counts.empty())
    counts = plan.quick ? std::vector{20'000U} : std::vector{5'000U, 20'000U, 100'000U};
  for (const unsigned count : counts) hold_and_measure(report, count, plan.quick ? 2 : 4);
}

}  // namespace ttq::bench
