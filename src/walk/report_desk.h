// Where answers are unpacked and read: by a few threads, while the network goes on.
//
// A reader of JSON is busy for a millisecond where the network is for a microsecond. With few
// answers about, no thread is started, and they are read on the spot.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "ttq/report.h"
#include "ttq/result.h"
#include "walk/http_reader.h"

namespace ttq {

class ReportDesk {
 public:
  struct Page {
    std::uint64_t id = 0;
    Result<FlowReport> report;
    std::size_t text_bytes = 0;  ///< that it was made of
  };

  ReportDesk();
  ReportDesk(const ReportDesk&) = delete;
  ReportDesk& operator=(const ReportDesk&) = delete;
  ~ReportDesk();

  /// `soon`: others wait, so it is left to a thread.
  void submit(std::uint64_t id, HttpBody body, bool soon);

  /// Readable when there is something to take.
  [[nodiscard]] int fd() const { return ready_.get(); }
  std::vector<Page> take();

 private:
  struct Job {
    std::uint64_t id = 0;
    HttpBody body;
  };

  void start_threads();
  void work();
  void finish(Page page);

  UniqueFd ready_;  ///< an eventfd
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::vector<Page> pages_;
  bool stopping_ = false;
  bool started_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ttq
