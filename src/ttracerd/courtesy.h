// Courtesy: the collector takes the CPU when nobody else wants it.
//
// What a tracer costs an application is not the sum of its milliseconds but the tail: a request
// that arrives while the collector runs must wait until the scheduler takes the CPU from it. A
// thread in SCHED_IDLE is preempted by whoever wakes up (sched(7); kernel/sched/fair.c, wakeup
// preemption), one in the normal class may keep the CPU for milliseconds.
//
// But on a host whose CPUs are never idle, SCHED_IDLE gets three thousandths of one, and what is
// not watched is lost. So there are three steps, and a tick that was held up is followed by the
// next one up: SCHED_IDLE; SCHED_BATCH at nice 19, whose share is five times as much; SCHED_BATCH
// at nice 0, which is everybody's. After a while without delay it goes one down again: a longer
// while each time that this was punished at once.
#pragma once

#include <chrono>

#include "ttq/time.h"

namespace ttq {

enum class CpuClass { idle, batch, ordinary };

class Courtesy {
 public:
  explicit Courtesy(Duration interval) : interval_(interval) {}

  /// What to begin in: only a host that is known not to be busy is left to SCHED_IDLE.
  static constexpr CpuClass first = CpuClass::batch;

  /// After a tick: which class the next one should run in. `taken` is from when it was due. It was
  /// held up when it was kept off the CPU for more than half of the interval.
  CpuClass after_tick(std::chrono::nanoseconds taken, std::chrono::nanoseconds on_cpu);

 private:
  static constexpr unsigned shortest_while = 60;  ///< ticks
  static constexpr unsigned longest_while = 16 * shortest_while;

  Duration interval_;
  CpuClass class_ = first;
  unsigned calm_ = 0;  ///< ticks in it without delay
  unsigned while_ = shortest_while;
};

/// For the calling thread, and those that it makes from then on. Where it is not allowed, all stays
/// as it is.
void enter(CpuClass cpu_class);

/// CPU time of the calling thread.
std::chrono::nanoseconds thread_cpu_time();

}  // namespace ttq
