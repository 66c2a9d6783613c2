// A host's history, made up: who talks to whom, and how much of it changes from look to look.
//
// Of the flows, 70 in 100 only stand; 20 change in most windows, some of them at every flush; 10
// come and go. The owners are those of a real server: a few hundred processes with long strings,
// each in several flows. It is the same history each time, and the clock is an argument.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "ttq/store.h"

namespace ttq::bench {

struct Tempo {
  Duration window{60'000};
  Duration flush{5'000};
};

class MadeHistory {
 public:
  explicit MadeHistory(std::size_t flows);

  /// Writes the windows of the span as the collector does: at its opening all that stands, then at
  /// each flush what has changed. False: the store failed.
  bool write(Store& store, const Span& span, Tempo tempo);
  /// One more flush of the window that is open, in which nothing has changed.
  bool flush_unchanged(Store& store, Time look);

  [[nodiscard]] std::uint64_t flow_windows() const { return flow_windows_; }
  [[nodiscard]] std::uint64_t records() const { return records_; }

 private:
  enum class Habit { stands, changes, visits };
  struct Line {
    Flow flow;
    Habit habit = Habit::stands;
    std::uint64_t standing = 1;
    bool present = false;  ///< in the open window
  };

  void open(const Window& window, Time look);
  void look_again(Line& line, Time look, std::vector<Flow>& changed);
  void begin(Line& line, Time look);
  std::uint64_t die(std::uint64_t sides) { return random_() % sides; }

  std::mt19937_64 random_{7};
  std::vector<Line> lines_;
  std::vector<Listener> listeners_;
  WindowBatch batch_;
  std::uint64_t flow_windows_ = 0;
  std::uint64_t records_ = 0;
};

}  // namespace ttq::bench
