#include "walk/report_desk.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "walk/gunzip.h"
#include "wire/report_json.h"

namespace ttq {
namespace {

constexpr unsigned most_threads = 8;

ReportDesk::Page read(std::uint64_t id, const HttpBody& body) {
  if (!body.is_gzip) return {id, parse_flow_report(body.bytes), body.bytes.size()};
  const auto text = gunzip(body.bytes);
  if (!text) return {id, text.error()};
  return {id, parse_flow_report(*text), text->size()};
}

}  // namespace

ReportDesk::ReportDesk() : ready_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

ReportDesk::~ReportDesk() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ReportDesk::submit(std::uint64_t id, HttpBody body, bool soon) {
  if (soon) start_threads();
  if (!soon || threads_.empty()) return finish(read(id, body));
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({id, std::move(body)});
  }
  changed_.notify_one();
}

void ReportDesk::start_threads() {
  if (started_) return;
  started_ = true;
  const unsigned wanted = std::clamp(std::thread::hardware_concurrency(), 1U, most_threads);
  try {
    while (threads_.size() < wanted) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // No more threads to be had (a limit of the user's): go on with those there are.
  }
}

void ReportDesk::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    finish(read(job.id, job.body));
  }
}

void ReportDesk::finish(Page page) {
  {
    const std::lock_guard lock(mutex_);
    pages_.push_back(std::move(page));
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto count = ::write(ready_.get(), &one, sizeof one);
}

std::vector<ReportDesk::Page> ReportDesk::take() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto size = ::read(ready_.get(), &count, sizeof count);
  std::vector<Page> taken;
  const std::lock_guard lock(mutex_);
  taken.swap(pages_);
  return taken;
}

}  // namespace ttq
