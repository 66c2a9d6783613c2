// What may run beside the web server: the ways to learn of its connections that are compared.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/watcher.h"

namespace ttq::bench {

class Tracer {
 public:
  virtual ~Tracer() = default;
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  virtual void start() = 0;
  virtual void stop() = 0;
  /// CPU of its processes so far. What it costs in the path of the packets is the server's burden,
  /// and shows there.
  [[nodiscard]] virtual Nanoseconds cpu() const { return Nanoseconds(0); }
  /// How long after its start it has settled.
  [[nodiscard]] virtual std::chrono::milliseconds settling() const {
    return std::chrono::milliseconds(1'200);
  }

 protected:
  explicit Tracer(std::string name) : name_(std::move(name)) {}

 private:
  std::string name_;
};

using Tracers = std::vector<std::unique_ptr<Tracer>>;

std::unique_ptr<Tracer> no_tracer();  ///< "none"
/// A ttracerd that looks at all sockets each second, in its turns as it is after long running.
std::unique_ptr<Tracer> polling_daemon(Site& site, const std::string& name);
/// A ttracerd that is told of events, started anew for each turn. Null, with a line of progress:
/// it cannot be had here.
std::unique_ptr<Tracer> daemon_of_events(Site& site, const std::string& name);
/// "iptables STATE+LOG", of the web server's connections. `settling`: until all that stand have
/// been new to it.
std::unique_ptr<Tracer> firewall_log(const Site& site, const std::string& state,
                                     std::chrono::milliseconds settling);
std::unique_ptr<Tracer> ss_each_second(Site& site);  ///< "ss -tunap each second"
/// "bpftrace of TCP states", by the command that runs. Null as above.
std::unique_ptr<Tracer> bpftrace_of_states(Site& site);

/// Those that are not null.
template <class... Each>
Tracers tracers(Each... each) {
  Tracers all;
  (all.push_back(std::move(each)), ...);
  std::erase(all, nullptr);
  return all;
}

/// A setting of the whole machine, put back when this goes or the process ends, however it does.
class MachineSetting {
 public:
  MachineSetting(const std::string& path, const std::string& value);
  MachineSetting(const MachineSetting&) = delete;
  MachineSetting& operator=(const MachineSetting&) = delete;
  ~MachineSetting();

 private:
  UniqueFd leash_;  ///< whoever puts it back waits for its other end
  pid_t keeper_ = -1;
};

/// Without it rules of a network namespace that is not the first log nothing.
inline constexpr const char* log_everywhere = "/proc/sys/net/netfilter/nf_log_all_netns";

}  // namespace ttq::bench
