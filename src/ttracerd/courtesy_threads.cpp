#include "ttracerd/courtesy_threads.h"

#include <utility>

namespace ttq {

CourtesyThreads::~CourtesyThreads() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void CourtesyThreads::run(CpuClass cpu_class, const Work& work) {
  std::thread& thread = threads_.at(static_cast<std::size_t>(cpu_class));
  std::unique_lock lock(mutex_);
  task_ = Task{cpu_class, &work};
  if (!thread.joinable()) thread = std::thread([this, cpu_class] { serve(cpu_class); });
  changed_.notify_all();
  changed_.wait(lock, [this] { return !task_; });
}

void CourtesyThreads::serve(CpuClass cpu_class) {
  enter(cpu_class);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || (task_ && task_->cpu_class == cpu_class); });
    if (stopping_) return;
    lock.unlock();
    (*task_->work)();
    lock.lock();
    task_.reset();
    changed_.notify_all();
  }
}

}  // namespace ttq
