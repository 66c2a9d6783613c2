// A thread for each step of courtesy.
//
// Whoever steps down needs a right to step up again (CAP_SYS_NICE, or RLIMIT_NICE; sched(7)), which
// the collector has not. So nobody does: each step is a thread that stays there, and the work is
// given to one of them at a time. They wait for it, and whoever gives it waits for them: nothing is
// ever done by two at once.
#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "ttracerd/courtesy.h"

namespace ttq {

class CourtesyThreads {
 public:
  using Work = std::function<void()>;

  CourtesyThreads() = default;
  CourtesyThreads(const CourtesyThreads&) = delete;
  CourtesyThreads& operator=(const CourtesyThreads&) = delete;
  ~CourtesyThreads();

  /// Does it in the thread of that class, which is made when it is first needed.
  void run(CpuClass cpu_class, const Work& work);

 private:
  struct Task {
    CpuClass cpu_class;
    const Work* work = nullptr;
  };

  void serve(CpuClass cpu_class);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Task> task_;  ///< none: it is done
  bool stopping_ = false;
  std::array<std::thread, 3> threads_;  ///< by class
};

}  // namespace ttq
