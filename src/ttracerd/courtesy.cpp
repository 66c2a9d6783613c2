#include "ttracerd/courtesy.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <ctime>

namespace ttq {

CpuClass Courtesy::after_tick(std::chrono::nanoseconds taken, std::chrono::nanoseconds on_cpu) {
  if (taken - on_cpu > interval_ / 2) {
    if (calm_ < shortest_while) while_ = std::min(while_ * 2, longest_while);
    calm_ = 0;
    class_ = class_ == CpuClass::idle ? CpuClass::batch : CpuClass::ordinary;
  } else if (++calm_ >= while_ && class_ != CpuClass::idle) {
    calm_ = 0;
    class_ = class_ == CpuClass::ordinary ? CpuClass::batch : CpuClass::idle;
  } else if (calm_ >= longest_while) {
    while_ = shortest_while;
  }
  return class_;
}

void enter(CpuClass cpu_class) {
  constexpr int nicest = 19;
  const sched_param none{};
  // The nice value is this thread's alone on Linux, and counts in SCHED_BATCH.
  ::setpriority(PRIO_PROCESS, 0, cpu_class == CpuClass::ordinary ? 0 : nicest);
  ::sched_setscheduler(0, cpu_class == CpuClass::idle ? SCHED_IDLE : SCHED_BATCH, &none);
}

std::chrono::nanoseconds thread_cpu_time() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace ttq
