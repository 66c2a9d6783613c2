// Part b: what it costs to watch connections that only stand there.
#include "bench/beside.h"
#include "bench/crowd.h"
#include "bench/parts.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;

constexpr double mebibyte = 1024.0 * 1024.0;
constexpr unsigned ticks_of_a_window = 60;

void report_memory(Report& report, const Watcher& daemon, const std::string& at,
                   std::optional<double> limit) {
  Figure now{.bench = "held",
             .what = at + ": ttracerd, memory",
             .unit = "MiB",
             .samples = {memory_of(daemon.pid()) / mebibyte}};
  if (limit) now.demand(*limit);
  report.add(now);
  report.add({.bench = "held",
              .what = at + ": ttracerd, memory at its highest",
              .unit = "MiB",
              .samples = {peak_memory_of(daemon.pid()) / mebibyte}});
}

/// CPU of the tools that look once when they are called.
struct ToolSamples {
  std::vector<double> tcp;
  std::vector<double> all;
  std::vector<double> lsof;
};

/// Nothing where it did not end in time.
void sample_tool(const Site& site, const lab::Argv& argv, std::vector<double>& samples) {
  const double taken = milliseconds_of(site.run_here(argv, 60s));
  if (taken > 0) samples.push_back(taken);
}

void sample_tools(const Site& site, unsigned count, ToolSamples& samples) {
  if (count > 100'000) return;  // a run takes minutes
  sample_tool(site, {"ss", "-tnap"}, samples.tcp);
  sample_tool(site, {"ss", "-tunap"}, samples.all);
  if (count <= 20'000) sample_tool(site, {"lsof", "-nP", "-i"}, samples.lsof);
}

void report_tools(Report& report, const ToolSamples& tools, const TickSamples& ticks,
                  unsigned count, const std::string& at) {
  const auto add = [&](const std::string& tool, const std::vector<double>& samples) {
    if (samples.empty()) return;
    report.add({.bench = "held",
                .what = at + ": " + tool + ", CPU of a run",
                .unit = "ms",
                .samples = samples});
  };
  add("ss -tnap", tools.tcp);
  add("ss -tunap", tools.all);
  add("lsof -nP -i", tools.lsof);
  if (tools.all.empty()) return;
  Figure ratio{.bench = "held", .what = at + ": ttracerd / ss -tunap", .unit = "", .samples = {}};
  for (const double tick : ticks.daemon) ratio.samples.push_back(tick / median(tools.all));
  if (count == 20'000) ratio.demand(0.1);
  if (count == 100'000) ratio.demand(0.02);
  report.add(ratio);
}

/// The same at every count where the cost is linear.
void report_growth(Report& report, const TickSamples& ticks, unsigned count,
                   const std::string& at) {
  Figure each{.bench = "held",
              .what = at + ": ttracerd, CPU per tick and socket",
              .unit = "us",
              .samples = {}};
  for (const double tick : ticks.daemon) each.samples.push_back(1000 * tick / count);
  report.add(each);
}

std::optional<double> memory_limit(unsigned count) {
  if (count == 20'000) return 32;
  if (count == 1'000'000) return 160;
  return std::nullopt;
}

/// What stood before the daemon is taken in once.
void report_start(Report& report, const Watcher& daemon, unsigned count, const std::string& at) {
  daemon.await_connections(count);
  report.add({.bench = "held",
              .what = at + ": ttracerd, CPU until all are known",
              .unit = "ms",
              .samples = {milliseconds_of(cpu_of(daemon.pid()))}});
}

/// A minute in full: with the opening of a window, and all that is done once in each.
void measure_window(Report& report, Site& site, const Watcher& daemon, const std::string& at) {
  progress("held: a whole window, " + at);
  TickSamples samples;
  sample_beside(site, daemon, samples, ticks_of_a_window);
  report_ticks(report, "held", at + ", a whole window", samples, 1.3);
}

void measure_slow_pace(Report& report, Site& site, const std::string& at) {
  progress("held: every 5 s, " + at);
  const Watcher daemon(site, Probe::netlink, {"--interval", "5s"});
  TickSamples samples;
  sample_beside(site, daemon, samples, 3);
  report_ticks(report, "held", at + ", every 5 s", samples);
}

void hold_and_measure(Report& report, const Plan& plan, unsigned count) {
  const std::string at = thousands(count);
  progress("held: opening " + at);
  Site site;
  hold(site, count);
  {
    const Watcher daemon(site, Probe::netlink);
    report_start(report, daemon, count, at);
    daemon.await_ticks(3);
    progress("held: measuring " + at);
    TickSamples ticks;
    ToolSamples tools;
    const unsigned rounds = plan.quick ? 1 : count >= 100'000 ? 2 : 4;
    for (unsigned round = 0; round < rounds; ++round) {
      sample_beside(site, daemon, ticks, ticks_of_a_sample(plan.quick));
      sample_tools(site, count, tools);
    }
    if (ticks.sockets < count) lab::give_up("not all that is held was seen");
    report_ticks(report, "held", at, ticks, 1.3);
    report_growth(report, ticks, count, at);
    report_tools(report, tools, ticks, count, at);
    if (!plan.quick && count == 20'000) measure_window(report, site, daemon, at);
    report_memory(report, daemon, at, memory_limit(count));
  }
  if (!plan.quick && count == 20'000) measure_slow_pace(report, site, at);
}

void measure_idle(Report& report, const Plan& plan) {
  progress("held: idle");
  Site site;
  const Watcher daemon(site, Probe::netlink);
  daemon.await_ticks(3);
  TickSamples samples;
  sample_beside(site, daemon, samples, ticks_of_a_sample(plan.quick));
  report_ticks(report, "held", "idle", samples);
  report.add({.bench = "held",
              .what = "idle: ttracerd, CPU to start",
              .unit = "ms",
              .samples = {milliseconds_of(daemon.start_cpu())}});
  report_memory(report, daemon, "idle", 20);
}

}  // namespace

void held(Report& report, const Plan& plan) {
  std::vector<unsigned> counts = plan.counts;
  if (counts.empty()) {
    measure_idle(report, plan);
    counts = plan.quick ? std::vector{20'000U} : std::vector{5'000U, 20'000U, 100'000U, 500'000U};
  }
  for (const unsigned count : counts) hold_and_measure(report, plan, count);
}

}  // namespace ttq::bench
