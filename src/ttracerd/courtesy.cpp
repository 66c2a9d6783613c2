#include "ttracerd/courtesy.h"

#include <sched.h>
#include <sys/resource.h>

#include <ctime>

namespace ttq {
namespace {

constexpr unsigned ticks_of_insisting = 60;
constexpr int nicest = 19;

}  // namespace

CpuClass Courtesy::after_tick(std::chrono::nanoseconds taken, std::chrono::nanoseconds on_cpu) {
  if (insisting_ > 0) --insisting_;
  if (taken - on_cpu > interval_ / 2) insisting_ = ticks_of_insisting;
  return insisting_ > 0 ? CpuClass::batch : CpuClass::idle;
}

void enter(CpuClass cpu_class) {
  const sched_param none{};
  const int policy = cpu_class == CpuClass::idle ? SCHED_IDLE : SCHED_BATCH;
  ::setpriority(PRIO_PROCESS, 0, nicest);  // of this thread alone on Linux; counts in SCHED_BATCH
  ::sched_setscheduler(0, policy, &none);
}

std::chrono::nanoseconds thread_cpu_time() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace ttq
