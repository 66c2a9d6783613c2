// bench-pacer: asks a web server at a fixed rate over connections that it keeps, and tells how long
// the answers took.
//
//   bench-pacer ADDRESS PORT --connections N --rate N
//
// The loop is open: request i is due at start + i / rate, whatever became of those before it, and
// its time counts from when it was due. So a server that stands still for 10 ms is late for all
// that was due in that time, and not only for the one request that a closed loop would have sent
// ("coordinated omission"). Requests go round the connections; one that still waits is passed over.
//
// Says "pacing" when all connections stand. At each SIGUSR1 it prints what was answered since the
// last one, a line of JSON: {"per_second":N,"mean":us,"p50":us,"p99":us,"p999":us,"most":us}.
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/sockets.h"

using namespace ttq::bench;

namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";

struct Connection {
  int fd = -1;
  std::size_t left = 0;  ///< bytes of the answer that are still to come
  SteadyClock::time_point due;
};

int signal_descriptor() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  return ::signalfd(-1, &signals, SFD_CLOEXEC);
}

int ticking_descriptor(nanoseconds pause) {
  const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  itimerspec pace{};
  pace.it_interval.tv_nsec = pause.count();
  pace.it_value.tv_nsec = pause.count();
  if (fd < 0 || ::timerfd_settime(fd, 0, &pace, nullptr) != 0) fail("timerfd");
  return fd;
}

void send_request(int fd) {
  if (::send(fd, request.data(), request.size(), 0) != static_cast<ssize_t>(request.size())) {
    fail("send");
  }
}

/// Every answer is as long as the first.
std::size_t answer_size(const sockaddr_in& server) {
  const int fd = connect_to(server);
  send_request(fd);
  std::array<char, 16384> text{};
  std::size_t size = 0;
  std::size_t whole = text.size();
  while (size < whole) {
    const ssize_t got = ::recv(fd, text.data() + size, text.size() - size, 0);
    if (got <= 0) fail("the server's first answer");
    size += static_cast<std::size_t>(got);
    const std::string_view answer(text.data(), size);
    const auto body = answer.find("\r\n\r\n");
    const auto length = answer.find("Content-Length: ");
    if (body == answer.npos || length == answer.npos) continue;
    whole = body + 4 + std::stoul(std::string(answer.substr(length + 16, 10)));
  }
  ::close(fd);
  return whole;
}

class Times {
 public:
  void note(nanoseconds time) { times_.push_back(static_cast<float>(time.count()) / 1000); }

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

class Pacer {
 public:
  Pacer(const sockaddr_in& server, unsigned connections, unsigned rate)
      : answer_(answer_size(server)), pause_(nanoseconds(1'000'000'000 / rate)) {
    connections_.resize(connections);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].fd = connect_to(server);
      reset_on_close(connections_[i].fd);
      watch(connections_[i].fd, i);
    }
  }

  [[noreturn]] void run() {
    const int signals = signal_descriptor();
    const int pace = ticking_descriptor(pause_);
    watch(signals, told_to_tell);
    watch(pace, is_due);
    say("pacing");
    next_due_ = SteadyClock::now();
    for (;;) {
      std::array<epoll_event, 128> events{};
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        const auto what = events[static_cast<std::size_t>(i)].data.u64;
        if (what == told_to_tell) {
          drain(signals);
          times_.tell();
        } else if (what == is_due) {
          drain(pace);
          send_due();
        } else {
          receive(connections_[what]);
        }
      }
    }
  }

 private:
  static constexpr std::uint64_t told_to_tell = ~std::uint64_t{0};
  static constexpr std::uint64_t is_due = told_to_tell - 1;

  void watch(int fd, std::uint64_t as) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = as;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }

  static void drain(int fd) {
    std::array<char, 256> bytes{};
    [[maybe_unused]] const auto read = ::read(fd, bytes.data(), bytes.size());
  }

  void send_due() {
    const auto now = SteadyClock::now();
    for (; next_due_ <= now; next_due_ += pause_) {
      Connection* idle = next_idle();
      if (idle == nullptr) return;  // all wait: it stays due
      idle->left = answer_;
      idle->due = next_due_;
      send_request(idle->fd);
    }
  }

  Connection* next_idle() {
    for (std::size_t tried = 0; tried < connections_.size(); ++tried) {
      Connection& connection = connections_[turn_++ % connections_.size()];
      if (connection.left == 0) return &connection;
    }
    return nullptr;
  }

  void receive(Connection& connection) {
    std::array<char, 16384> bytes{};
    const ssize_t got = ::recv(connection.fd, bytes.data(), bytes.size(), 0);
    if (got <= 0 || static_cast<std::size_t>(got) > connection.left) fail("an answer");
    connection.left -= static_cast<std::size_t>(got);
    if (connection.left == 0) times_.note(SteadyClock::now() - connection.due);
  }

  std::size_t answer_;
  nanoseconds pause_;
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Connection> connections_;
  std::size_t turn_ = 0;
  SteadyClock::time_point next_due_;
  Times times_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App options("Asks a web server at a fixed rate over connections that it keeps");
  std::string address;
  std::uint16_t port = 0;
  unsigned connections = 0;
  unsigned rate = 0;
  options.add_option("ADDRESS", address)->required();
  options.add_option("PORT", port)->required();
  options.add_option("--connections", connections)->required();
  options.add_option("--rate", rate)->required();
  CLI11_PARSE(options, argc, argv);
  allow_many_descriptors();
  Pacer(endpoint(address, port), connections, rate).run();
}
