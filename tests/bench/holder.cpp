// bench-holder: the two ends of connections that are held and say nothing.
//
//   bench-holder serve ADDRESS PORT [--life-ms N]    accepts, and keeps each until the other end
//                                                    closes it, or for N ms
//   bench-holder connect ADDRESS PORT COUNT [--ports N]
//                                                    opens COUNT and keeps them; to N ports from
//                                                    PORT on, one after the other
//
// Each says a line on stdout when it is ready: "serving", "held". A connection is reset when its
// end exits, so that 500,000 of them leave no TIME_WAIT behind.
#include <sys/epoll.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <string>
#include <utility>

#include "bench/sockets.h"

using namespace ttq::bench;

namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class Server {
 public:
  Server(const sockaddr_in& at, milliseconds life) : life_(life), listener_(new_socket()) {
    listen_at(listener_, at);
    watch(listener_);
  }

  [[noreturn]] void run() {
    for (;;) {
      std::array<epoll_event, 256> events{};
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), patience());
      for (int i = 0; i < count; ++i) serve(events[static_cast<std::size_t>(i)].data.fd);
      close_old();
    }
  }

 private:
  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }

  void serve(int fd) {
    if (fd != listener_) {
      if (life_ == milliseconds(0)) ::close(fd);  // it spoke or closed: it is done with
      return;
    }
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) fail("accept");
    if (life_ > milliseconds(0)) {
      open_.emplace_back(SteadyClock::now() + life_, connection);
      return;
    }
    reset_on_close(connection);
    watch(connection);
  }

  [[nodiscard]] int patience() const {
    if (open_.empty()) return -1;
    const auto left = open_.front().first - SteadyClock::now();
    return std::max(0, static_cast<int>(std::chrono::ceil<milliseconds>(left).count()));
  }

  void close_old() {
    const auto now = SteadyClock::now();
    for (; !open_.empty() && open_.front().first <= now; open_.pop_front()) {
      ::close(open_.front().second);
    }
  }

  milliseconds life_;
  int listener_;
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::deque<std::pair<SteadyClock::time_point, int>> open_;  ///< by their end, if they have one
};

void hold(sockaddr_in at, unsigned count, unsigned ports) {
  const unsigned first = ntohs(at.sin_port);
  const auto turn = static_cast<unsigned>(::getpid());  // copies do not all begin with one port
  for (unsigned i = 0; i < count; ++i) {
    at.sin_port = htons(static_cast<std::uint16_t>(first + (turn + i) % ports));
    reset_on_close(connect_to(at));
  }
  say("held");
  ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App options("The two ends of connections that are held and say nothing");
  std::string address;
  std::uint16_t port = 0;
  unsigned count = 0;
  unsigned ports = 1;
  std::int64_t life_ms = 0;
  options.require_subcommand(1);
  auto* serve = options.add_subcommand("serve");
  auto* connect = options.add_subcommand("connect");
  for (auto* command : {serve, connect}) {
    command->add_option("ADDRESS", address)->required();
    command->add_option("PORT", port)->required();
  }
  serve->add_option("--life-ms", life_ms);
  connect->add_option("COUNT", count)->required();
  connect->add_option("--ports", ports);
  CLI11_PARSE(options, argc, argv);
  allow_many_descriptors();
  const sockaddr_in at = endpoint(address, port);
  if (connect->parsed()) {
    hold(at, count, ports);
    return 0;
  }
  Server server(at, milliseconds(life_ms));
  say("serving");
  server.run();
}
