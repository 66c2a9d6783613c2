#include "bench/watcher.h"

#include <cmath>
#include <filesystem>
#include <sstream>
#include <thread>

#include "lab/daemon.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

double now_in_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string new_directory(const lab::Host& host) {
  const std::string made = lab::must_run({"mktemp", "-d", (host.dir() / "XXXXXX").string()});
  return made.substr(0, made.find('\n'));
}

std::string socket_in(const std::string& dir) { return dir + "/api.sock"; }

/// With no budget: what a look costs is measured, and not how far apart looks are then.
lab::Argv command_of(const std::string& dir, Probe probe) {
  return {lab::ttracerd_program(),
          "--cpu-budget",
          "100%",
          "--store",
          dir + "/store",
          "--listen",
          "unix:" + socket_in(dir),
          "--probe",
          probe == Probe::ebpf ? "ebpf" : "netlink"};
}

}  // namespace

std::string obstacle_to(Site& site, Probe probe) {
  const std::string dir = new_directory(site.here);
  lab::Program& daemon = site.start_here(command_of(dir, probe));
  lab::eventually(60s, [&] { return !daemon.running() || fs::exists(socket_in(dir)); });
  const bool stays = daemon.running();
  daemon.stop();
  return stays ? "" : daemon.log();
}

Watcher::Watcher(Site& site, Probe probe, const lab::Argv& options) {
  const std::string dir = new_directory(site.here);
  socket_ = socket_in(dir);
  lab::Argv command = command_of(dir, probe);
  command.insert(command.end(), options.begin(), options.end());
  program_ = &site.start_here(command);
  pid_ = pid_of(*program_);
  lab::eventually(120s, [&] { return !program_->running() || !metrics().empty(); });
  start_cpu_ = cpu_of(pid_);
  const auto said = metrics();
  if (said.empty()) lab::give_up("ttracerd: " + program_->log());
  interval_ = std::chrono::milliseconds(
      static_cast<std::int64_t>(said.at("ttracerd_interval_seconds") * 1000));
}

std::string Watcher::get(const std::string& path) const {
  return lab::run({"curl", "-sS", "--max-time", "60", "--unix-socket", socket_,
                   "http://ttracerd" + path})
      .out;
}

std::map<std::string, double> Watcher::metrics() const {
  std::istringstream lines(get("/metrics"));
  std::map<std::string, double> found;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    double value = 0;
    if (words >> name >> value) found.emplace(name, value);
  }
  return found;
}

void Watcher::await_pause() const {
  const double interval = std::chrono::duration<double>(interval_).count();
  const double since = now_in_seconds() - metrics().at("ttracerd_last_tick_time_seconds");
  const double phase = since / interval - std::floor(since / interval);
  if (phase > 0.45 && phase < 0.75) return;
  const double wait = phase <= 0.45 ? 0.5 - phase : 1.5 - phase;
  std::this_thread::sleep_for(std::chrono::duration<double>(wait * interval));
}

void Watcher::await_ticks(unsigned ticks) const {
  lab::eventually(600s, [&] { return metrics().at("ttracerd_ticks_total") >= ticks; });
}

void Watcher::await_connections(unsigned count) const {
  lab::eventually(600s, [&] { return metrics().at("ttracerd_connections") >= count; });
}

}  // namespace ttq::bench
