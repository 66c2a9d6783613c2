// bench-churner: opens RATE connections a second to a server, evenly, and closes each after a
// while.
//
//   bench-churner ADDRESS PORT --rate N --life-ms N
//
// Says "churning" when the first one stands. The schedule is absolute: what is late is made up for.

#include <CLI/CLI.hpp>
#include <chrono>
#include <deque>
#include <string>
#include <thread>
#include <utility>

#include "bench/sockets.h"

using namespace ttq::bench;

namespace {

using SteadyClock = std::chrono::steady_clock;

class Churner {
 public:
  Churner(const sockaddr_in& server, double rate, std::chrono::milliseconds life)
      : server_(server),
        pause_(std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / rate))),
        life_(life) {}

  [[noreturn]] void run() {
    open();
    say("churning");
    // Many of them start at once, and shall not go on in step.
    auto next = SteadyClock::now() + pause_ * (::getpid() % 128) / 128;
    for (;; next += pause_) {
      std::this_thread::sleep_until(next);
      close_old();
      open();
    }
  }

 private:
  void open() {
    open_.emplace_back(SteadyClock::now() + life_, connect_to(server_));
    if (life_ == std::chrono::milliseconds(0)) close_old();
  }

  void close_old() {
    const auto now = SteadyClock::now();
    for (; !open_.empty() && open_.front().first <= now; open_.pop_front()) {
      ::close(open_.front().second);
    }
  }

  sockaddr_in server_;
  std::chrono::nanoseconds pause_;
  std::chrono::milliseconds life_;
  std::deque<std::pair<SteadyClock::time_point, int>> open_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App options("Opens connections at a steady rate, and closes each after a while");
  std::string address;
  std::uint16_t port = 0;
  double rate = 0;
  std::int64_t life_ms = 0;
  options.add_option("ADDRESS", address)->required();
  options.add_option("PORT", port)->required();
  options.add_option("--rate", rate)->required();
  options.add_option("--life-ms", life_ms)->required();
  CLI11_PARSE(options, argc, argv);
  allow_many_descriptors();
  Churner(endpoint(address, port), rate, std::chrono::milliseconds(life_ms)).run();
}
