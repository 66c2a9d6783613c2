// Courtesy: the collector takes the CPU when nobody else wants it.
//
// What a tracer costs an application is not the sum of its milliseconds but the tail: a request
// that arrives while the collector runs must wait until the scheduler takes the CPU from it. A
// thread in SCHED_IDLE is preempted by whoever wakes up (sched(7); kernel/sched/fair.c, wakeup
// preemption), one in the normal class may keep the CPU for milliseconds.
//
// But on a host whose CPUs are never idle, SCHED_IDLE gets three thousandths of one, and what is
// not watched is lost. So a tick that was held up is followed by a while in SCHED_BATCH, whose
// share is that of nice 19: five times as much, and still next to nothing.
#pragma once

#include <chrono>

#include "ttq/time.h"

namespace ttq {

enum class CpuClass { idle, batch };

class Courtesy {
 public:
  explicit Courtesy(Duration interval) : interval_(interval) {}

  /// After a tick: which class the next one should run in. `taken` is from when it was due. It was
  /// held up when it was kept off the CPU for more than half of the interval.
  CpuClass after_tick(std::chrono::nanoseconds taken, std::chrono::nanoseconds on_cpu);

 private:
  Duration interval_;
  unsigned insisting_ = 0;  ///< ticks that are left in SCHED_BATCH
};

/// For the calling thread, and those that it makes from then on. Where it is not allowed, all stays
/// as it is.
void enter(CpuClass cpu_class);

/// CPU time of the calling thread.
std::chrono::nanoseconds thread_cpu_time();

}  // namespace ttq
