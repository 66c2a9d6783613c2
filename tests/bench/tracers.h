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

/// "none" and "ttracerd at 1 s", in this order.
Tracers the_pair(Site& site);
/// "iptables ESTABLISHED+LOG", "iptables NEW+LOG", "ss -tunap each second".
Tracers the_others(Site& site);

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

}  // namespace ttq::bench
