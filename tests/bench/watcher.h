// The daemon under test, as it is installed: its defaults for everything but the files' places.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "bench/site.h"

namespace ttq::bench {

class Watcher {
 public:
  /// Returns when it answers.
  explicit Watcher(Site& site, lab::Argv options = {});
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher() { program_->stop(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// A line of /metrics without labels.
  [[nodiscard]] double metric(std::string_view name) const;
  /// Lets `ticks` go by, and returns CPU per tick. The first and last moment lie between two ticks.
  [[nodiscard]] double cpu_per_tick(unsigned ticks) const;
  /// Waits until so many ticks have been made since its start.
  void await_ticks(unsigned ticks) const;
  /// Waits until about the middle between two ticks.
  void await_pause() const;

 private:
  Site& site_;
  std::chrono::milliseconds interval_{0};
  std::string socket_;
  lab::Program* program_ = nullptr;
  pid_t pid_ = -1;
};

}  // namespace ttq::bench
