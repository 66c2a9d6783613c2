// A daemon with windows of a second that is killed again and again while it writes, and what is
// known of the windows that it closed: that is never to change.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lab/daemon.h"
#include "ttq/time.h"

namespace ttq::lab {

class Victim {
 public:
  explicit Victim(Host& host, const Argv& options = {});

  [[nodiscard]] Daemon& daemon() { return daemon_; }

  /// Remembers what is told of the windows that have been closed since the last call, and were
  /// flushed since: those that ended a second ago.
  void remember();
  /// Starts of the windows of which something else is told now than was remembered.
  [[nodiscard]] std::vector<std::string> changed() const;
  [[nodiscard]] std::size_t remembered() const { return remembered_.size(); }

  /// Whether that moment was watched, as the daemon tells it now.
  [[nodiscard]] bool covered(Time moment) const;

 private:
  [[nodiscard]] std::string told(Time start) const;

  Daemon daemon_;
  Time next_;
  std::map<Time, std::string> remembered_;
};

Time wall_clock();

}  // namespace ttq::lab
