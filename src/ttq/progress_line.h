// One line on a terminal that shows how far the walk is, redrawn in place and erased at the end.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "walk/walker.h"

namespace ttq {

/// Nothing is drawn before a second has passed: most walks are over by then. Draws on stderr, in
/// a thread of its own, so that the line moves while every host keeps us waiting.
class ProgressLine {
 public:
  /// Does nothing at all where stderr is not a terminal.
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void see(const Progress& progress);

 private:
  void draw(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any wake_;
  Progress latest_;
  std::jthread painter_;  // last, so that it ends before what it uses
};

}  // namespace ttq
