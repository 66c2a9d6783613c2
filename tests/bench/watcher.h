// The daemon under test, as it is installed: its defaults for everything but the files' places
// and the probe, which each part chooses, so that its figures stay comparable.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "bench/site.h"

namespace ttq::bench {

/// How it sees connections.
enum class Probe : bool {
  netlink,  ///< by looking at all of them, at each tick
  ebpf,     ///< by events, and now and then by such a look
};

/// Why it cannot be had here; empty: it can.
std::string obstacle_to(Site& site, Probe probe);

class Watcher {
 public:
  /// Returns when it answers.
  Watcher(Site& site, Probe probe, const lab::Argv& options = {});
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher() { program_->stop(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::chrono::milliseconds interval() const { return interval_; }
  /// CPU that it took to start, with its first look at the sockets.
  [[nodiscard]] Nanoseconds start_cpu() const { return start_cpu_; }
  /// What it answers; empty: nothing.
  [[nodiscard]] std::string get(const std::string& path) const;
  /// The lines of /metrics without labels; empty: no answer.
  [[nodiscard]] std::map<std::string, double> metrics() const;
  /// Waits until so many ticks have been made since its start.
  void await_ticks(unsigned ticks) const;
  /// Waits until so many connections have been taken in: of many, a part at each look.
  void await_connections(unsigned count) const;
  /// Waits until it is about the middle between two ticks.
  void await_pause() const;

 private:
  std::chrono::milliseconds interval_{0};
  std::string socket_;
  lab::Program* program_ = nullptr;
  pid_t pid_ = -1;
  Nanoseconds start_cpu_{0};
};

}  // namespace ttq::bench
