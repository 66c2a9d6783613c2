// What loads at a fixed rate have in common: when the next request is due, and how long the answers
// took since somebody asked.
//
// The loop is open: request i is due at start + i / rate, whatever became of those before it, and
// its time counts from when it was due. So a server that stands still for 10 ms is late for all
// that was due in that time, and not only for the one request that a closed loop would have sent
// ("coordinated omission").
//
// At each SIGUSR1 they print what was answered since the last one, a line of JSON:
// {"per_second":N,"mean":us,"p50":us,"p99":us,"p999":us,"most":us}.
#pragma once

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/sockets.h"

namespace ttq::bench {

using SteadyClock = std::chrono::steady_clock;

class Times {
 public:
  void note(std::chrono::nanoseconds time) {
    times_.push_back(static_cast<float>(time.count()) / 1000);
  }

  /// Prints and forgets.
  void tell() {
    std::sort(times_.begin(), times_.end());
    const double sum = std::accumulate(times_.begin(), times_.end(), 0.0);
    const auto count = static_cast<double>(times_.size());
    const auto now = SteadyClock::now();
    const std::chrono::duration<double> since = now - std::exchange(since_, now);
    std::printf(R"({"per_second":%.1f,"mean":%.1f,"p50":%.1f,"p99":%.1f,"p999":%.1f,"most":%.1f})",
                count / since.count(), count > 0 ? sum / count : 0, at(0.5), at(0.99), at(0.999),
                at(1));
    say("");
    times_.clear();
  }

 private:
  [[nodiscard]] double at(double share) const {
    if (times_.empty()) return 0;
    return times_[static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1))];
  }

  std::vector<float> times_;  ///< microseconds
  SteadyClock::time_point since_ = SteadyClock::now();
};

/// Its loop: what is due, what is asked for, and what happens at descriptors that are numbered.
class Pace {
 public:
  explicit Pace(unsigned rate) : pause_(std::chrono::nanoseconds(1'000'000'000 / rate)) {}

  void watch(int fd, std::uint32_t what, std::uint64_t as) const {
    epoll_event event{};
    event.events = what;
    event.data.u64 = as;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }

  /// `send(due)` returns false where it cannot yet: it stays due. `happened(number)` is told of
  /// what was watched.
  template <class Send, class Happened>
  [[noreturn]] void run(const Send& send, const Happened& happened) {
    const int signals = signal_descriptor();
    const int timer = ticking_descriptor();
    watch(signals, EPOLLIN, told_to_tell);
    watch(timer, EPOLLIN, is_due);
    say("pacing");
    next_due_ = SteadyClock::now();
    for (;;) {
      std::array<epoll_event, 128> events{};
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        const auto what = events[static_cast<std::size_t>(i)].data.u64;
        if (what == told_to_tell) {
          drain(signals);
          times.tell();
        } else if (what == is_due) {
          drain(timer);
          send_due(send);
        } else {
          happened(what);
        }
      }
    }
  }

  Times times;

 private:
  static constexpr std::uint64_t told_to_tell = ~std::uint64_t{0};
  static constexpr std::uint64_t is_due = told_to_tell - 1;

  static int signal_descriptor() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    return ::signalfd(-1, &signals, SFD_CLOEXEC);
  }

  [[nodiscard]] int ticking_descriptor() const {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    itimerspec pace{};
    pace.it_interval.tv_nsec = pause_.count();
    pace.it_value.tv_nsec = pause_.count();
    if (fd < 0 || ::timerfd_settime(fd, 0, &pace, nullptr) != 0) fail("timerfd");
    return fd;
  }

  static void drain(int fd) {
    std::array<char, 256> bytes{};
    [[maybe_unused]] const auto read = ::read(fd, bytes.data(), bytes.size());
  }

  template <class Send>
  void send_due(const Send& send) {
    const auto now = SteadyClock::now();
    for (; next_due_ <= now; next_due_ += pause_) {
      if (!send(next_due_)) return;
    }
  }

  std::chrono::nanoseconds pause_;
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  SteadyClock::time_point next_due_;
};

}  // namespace ttq::bench
