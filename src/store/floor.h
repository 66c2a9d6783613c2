// The floor: what began before it is dropped. One thread moves it and many read.
#pragma once

#include <atomic>

#include "ttq/time.h"

namespace ttq {

class Floor {
 public:
  [[nodiscard]] Time get() const { return Time(Duration(milliseconds_.load())); }
  void set(Time floor) { milliseconds_ = floor.time_since_epoch().count(); }

 private:
  std::atomic<Duration::rep> milliseconds_{0};
};

}  // namespace ttq
