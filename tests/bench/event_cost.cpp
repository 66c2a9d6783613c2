// What events cost: CPU of one connection, and of many that only stand there.
#include <thread>

#include "bench/beside.h"
#include "bench/crowd.h"
#include "bench/events.h"
#include "bench/kernel_clock.h"
#include "bench/web.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;

constexpr const char* tracepoint = "inet_sock_set_state";

/// Counters at one moment.
struct Reading {
  Runs program;
  Runs empty;
  Nanoseconds cpu{0};
  double connections = 0;  ///< that clients opened to this host
};

Reading read(const Watcher& daemon, const KernelClock& clock) {
  const auto program = runs_of(daemon.pid(), tracepoint);
  if (!program) lab::give_up("ttracerd has no program at " + std::string(tracepoint));
  return {*program, clock.empty(), cpu_of(daemon.pid()), tcp_counter(daemon.pid(), "PassiveOpens")};
}

/// Microseconds per connection, but for what is said otherwise.
struct CostSamples {
  std::vector<double> program;
  std::vector<double> daemon;
  std::vector<double> both;
  std::vector<double> runs;   ///< of the program, per connection
  std::vector<double> empty;  ///< ns, of a run of a program that does nothing
};

void note(CostSamples& samples, const Reading& before, const Reading& after) {
  const double connections = after.connections - before.connections;
  if (connections < 1) lab::give_up("no connection was opened");
  const Runs program = after.program - before.program;
  const double run_of_nothing = (after.empty - before.empty).each();
  const double own = program.count * (program.each() - run_of_nothing);
  const auto cpu = static_cast<double>((after.cpu - before.cpu).count());
  samples.program.push_back(own / connections / 1000);
  samples.daemon.push_back(cpu / connections / 1000);
  samples.both.push_back(samples.program.back() + samples.daemon.back());
  samples.runs.push_back(program.count / connections);
  samples.empty.push_back(run_of_nothing);
}

void report_cost(Report& report, const std::string& load, const CostSamples& samples) {
  const std::string situation = load + ", one connection, ttracerd --probe ebpf: ";
  const auto figure = [&](const char* what, const char* unit, const std::vector<double>& of) {
    return Figure{.bench = "events", .what = situation + what, .unit = unit, .samples = of};
  };
  report.add(figure("CPU of its program in the kernel", "us", samples.program));
  report.add(figure("CPU of the daemon", "us", samples.daemon));
  Figure both = figure("CPU of both", "us", samples.both);
  both.demand(1);
  report.add(both);
  report.add(figure("runs of the program", "", samples.runs));
  report.add(figure("a run of an empty one", "ns", samples.empty));
}

template <class Load>
CostSamples sample_cost(const Watcher& daemon, const Plan& plan, const Load& load) {
  CostSamples samples;
  for (unsigned round = 0; round < (plan.quick ? 2U : 3U); ++round) {
    const KernelClock clock(tracepoint);
    const Reading before = read(daemon, clock);
    load(plan.quick ? 5s : 10s);  // with a flush or two
    note(samples, before, read(daemon, clock));
  }
  return samples;
}

/// The far host speaks with itself: the program runs for every host of the machine.
void report_strangers(Report& report, Site& site, const Watcher& daemon) {
  constexpr const char* port = "23000";
  await_word(site.start_far({bench_program("bench-holder"), "serve", site.far.address(), port}),
             "serving", 10s);
  const KernelClock clock(tracepoint);
  const Reading before = read(daemon, clock);
  site.start_far({bench_program("bench-churner"), site.far.address(), port, "--rate", "2000",
                  "--life-ms", "0"});
  std::this_thread::sleep_for(3s);
  const Reading after = read(daemon, clock);
  const double own = (after.program - before.program).each() - (after.empty - before.empty).each();
  report.add({.bench = "events",
              .what = "another network namespace, ttracerd --probe ebpf: a run of the program",
              .unit = "ns",
              .samples = {own}});
}

}  // namespace

void measure_cost_of_events(Report& report, const Plan& plan) {
  constexpr unsigned at_once = 64;
  constexpr unsigned rate = 2'000;
  progress("events: the cost of one");
  Site site;
  keep_little_time_wait(site);
  serve_web(site);
  const Watcher daemon(site, Probe::ebpf);
  daemon.await_ticks(3);
  const auto saturate = [&](std::chrono::seconds length) {
    run_wrk(site, at_once, length, Manner::closed);
  };
  const auto pace = [&](std::chrono::seconds length) { Pacer(site, rate).listen(length); };
  report_cost(report, "wrk", sample_cost(daemon, plan, saturate));
  report_cost(report, thousands(rate) + "/s", sample_cost(daemon, plan, pace));
  report_strangers(report, site, daemon);
}

/// Both daemons at once, so that both meet the same machine. Where there are events all sockets are
/// looked at now and then, so it takes time to see what that comes to.
void measure_held_beside_events(Report& report, const Plan& plan) {
  constexpr unsigned count = 20'000;
  const auto length = plan.quick ? 35s : 70s;
  progress("events: " + thousands(count) + " held");
  Site site;
  hold(site, count);
  const Watcher polling(site, Probe::netlink);
  const Watcher told(site, Probe::ebpf);
  for (const Watcher* daemon : {&polling, &told}) {
    daemon->await_connections(count);
    daemon->await_ticks(5);
  }
  const Nanoseconds polling_before = cpu_of(polling.pid());
  const Nanoseconds told_before = cpu_of(told.pid());
  std::this_thread::sleep_for(length);
  const auto figure = [&](const char* probe, const Watcher& daemon, Nanoseconds before) {
    const double taken = milliseconds_of(cpu_of(daemon.pid()) - before);
    return Figure{.bench = "events",
                  .what = thousands(count) + " held, ttracerd --probe " + probe + ": CPU of a core",
                  .unit = "%",
                  .samples = {100 * taken / milliseconds_of(length)}};
  };
  Figure share_told = figure("ebpf", told, told_before);
  share_told.demand(0.2);
  report.add(figure("netlink", polling, polling_before));
  report.add(share_told);
}

}  // namespace ttq::bench
