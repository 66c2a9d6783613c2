#include "bench/watcher.h"

#include <sstream>
#include <thread>

#include "lab/daemon.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;

double now_in_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Watcher::Watcher(Site& site, lab::Argv options) : site_(site) {
  const auto dir = lab::must_run({"mktemp", "-d", (site.here.dir() / "XXXXXX").string()});
  const std::string place = dir.substr(0, dir.find('\n'));
  socket_ = place + "/api.sock";
  lab::Argv command = {lab::ttracerd_program(), "--store", place + "/store", "--listen",
                       "unix:" + socket_};
  command.insert(command.end(), options.begin(), options.end());
  program_ = &site.start_here(command);
  pid_ = pid_of(*program_);
  if (!lab::eventually(
          120s, [&] { return !program_->running() || metric("ttracerd_ticks_total") > 0; }) ||
      !program_->running()) {
    lab::give_up("ttracerd: " + program_->log());
  }
  interval_ = std::chrono::milliseconds(
      static_cast<std::int64_t>(metric("ttracerd_interval_seconds") * 1000));
}

double Watcher::metric(std::string_view name) const {
  std::istringstream lines(lab::run({"curl", "-sS", "--max-time", "60", "--unix-socket", socket_,
                                     "http://ttracerd/metrics"})
                               .out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string found;
    double value = 0;
    if (words >> found >> value && found == name) return value;
  }
  return -1;
}

void Watcher::await_pause() const {
  const double interval = std::chrono::duration<double>(interval_).count();
  const double since = now_in_seconds() - metric("ttracerd_last_tick_time_seconds");
  double wait = interval * 0.6 - since;
  while (wait < 0) wait += interval;
  std::this_thread::sleep_for(std::chrono::duration<double>(wait));
}

void Watcher::await_ticks(unsigned ticks) const {
  lab::eventually(600s, [&] { return metric("ttracerd_ticks_total") >= ticks; });
}

double Watcher::cpu_per_tick(unsigned ticks) const {
  await_pause();
  const double first = metric("ttracerd_ticks_total");
  const Nanoseconds before = cpu_of(pid_);
  std::this_thread::sleep_for(interval_ * ticks);
  const Nanoseconds used = cpu_of(pid_) - before;
  const double made = metric("ttracerd_ticks_total") - first;
  return std::chrono::duration<double, std::milli>(used).count() / made;
}

}  // namespace ttq::bench
