// bench-floor: the least that polling the kernel's socket tables can cost.
//
// Each tick is one dump of all TCP sockets and one of each UDP table, in the states that ttracerd
// asks for, through a receive buffer that holds the largest message the kernel makes of a dump
// (32 KiB), and one look in a hash table for each socket. No address is decoded, nothing is kept
// but the cookie, no text is made, no file is written. A program that polls and knows a socket
// again cannot do less.
//
//   bench-floor [--interval-ms 1000] [--ticks 5] [--time-wait]
//
// prints {"sockets":N,"cpu_us":[...],"wall_us":[...]}: CPU and time of each tick, sleeping included
// in the first. A tick before the first fills the table and is not counted.
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <iostream>
#include <thread>
#include <vector>

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr unsigned bit(unsigned state) { return 1U << state; }

// Numbers of include/net/tcp_states.h: 1-5 and 8-11 without SYN_RECV (3); TIME_WAIT (6) if asked.
constexpr unsigned connected =
    bit(1) | bit(2) | bit(4) | bit(5) | bit(8) | bit(9) | bit(10) | bit(11);
constexpr unsigned time_wait = bit(6);
constexpr unsigned udp_bound = bit(1) | bit(7);

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::_Exit(EXIT_FAILURE);
}

/// Cookies by open addressing, half full at most. A slot is 16 bytes: the cookie, and the tick that
/// saw it last.
class Seen {
 public:
  void note(std::uint64_t cookie, std::uint64_t tick) {
    std::size_t at = place(cookie);
    while (slots_[at].cookie != cookie && slots_[at].cookie != 0)
      at = (at + 1) & (slots_.size() - 1);
    if (slots_[at].cookie == 0) {
      slots_[at].cookie = cookie;
      if (++used_ * 2 > slots_.size()) {
        grow();
        return note(cookie, tick);
      }
    }
    slots_[at].tick = tick;
  }

 private:
  struct Slot {
    std::uint64_t cookie = 0;
    std::uint64_t tick = 0;
  };

  [[nodiscard]] std::size_t place(std::uint64_t cookie) const {
    constexpr std::uint64_t golden = 0x9E3779B97F4A7C15;
    return (cookie * golden) >> shift_;
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    --shift_;
    used_ = 0;
    for (const Slot& slot : old) {
      if (slot.cookie != 0) note(slot.cookie, slot.tick);
    }
  }

  std::vector<Slot> slots_ = std::vector<Slot>(1024);
  unsigned shift_ = 64 - 10;
  std::size_t used_ = 0;
};

template <class Body>
struct Request {
  nlmsghdr header{};
  Body body{};
};

template <class Body>
Request<Body> dump_request(__u16 type, unsigned states) {
  Request<Body> request;
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.idiag_states = states;
  return request;
}

/// The old request has no family, so that the kernel walks its TCP table once for both.
Request<inet_diag_req> tcp_request(unsigned states) {
  return dump_request<inet_diag_req>(TCPDIAG_GETSOCK, states);
}

Request<inet_diag_req_v2> udp_request(int family) {
  auto request = dump_request<inet_diag_req_v2>(SOCK_DIAG_BY_FAMILY, udp_bound);
  request.body.sdiag_family = static_cast<__u8>(family);
  request.body.sdiag_protocol = IPPROTO_UDP;
  return request;
}

class Floor {
 public:
  explicit Floor(unsigned tcp_states) : tcp_states_(tcp_states) {
    if (socket_ < 0) fail("netlink socket");
  }
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;
  ~Floor() { ::close(socket_); }

  /// Returns the number of sockets.
  std::uint64_t tick() {
    ++tick_;
    rows_ = 0;
    dump(tcp_request(tcp_states_));
    for (const int family : {AF_INET, AF_INET6}) dump(udp_request(family));
    return rows_;
  }

 private:
  template <class Request>
  void dump(const Request& request) {
    if (::send(socket_, &request, sizeof request, 0) < 0) fail("send");
    while (take(::recv(socket_, buffer_.data(), buffer_.size(), 0))) {
    }
  }

  /// Walks the messages of one datagram; false: that was the last.
  bool take(ssize_t size) {
    if (size < 0) fail("recv");
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.data());
    for (auto left = static_cast<unsigned>(size); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type < NLMSG_MIN_TYPE) return false;
      const auto* row = reinterpret_cast<const inet_diag_msg*>(message + 1);
      std::uint64_t cookie = 0;
      std::memcpy(&cookie, row->id.idiag_cookie, sizeof cookie);
      seen_.note(cookie, tick_);
      ++rows_;
    }
    return true;
  }

  int socket_ = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  unsigned tcp_states_;
  alignas(nlmsghdr) std::array<std::byte, std::size_t{32} * 1024> buffer_{};
  Seen seen_;
  std::uint64_t tick_ = 0;
  std::uint64_t rows_ = 0;
};

std::int64_t cpu_now() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

void print(const char* name, const std::vector<double>& values) {
  std::cout << ",\"" << name << "\":[";
  for (std::size_t i = 0; i < values.size(); ++i) std::cout << (i > 0 ? "," : "") << values[i];
  std::cout << ']';
}

void run(Floor& floor, unsigned ticks, std::chrono::milliseconds interval) {
  std::vector<double> cpu;
  std::vector<double> wall;
  std::uint64_t sockets = floor.tick();
  auto next = SteadyClock::now();
  for (unsigned i = 0; i < ticks; ++i) {
    const std::int64_t before = cpu_now();
    std::this_thread::sleep_until(next += interval);
    const auto began = SteadyClock::now();
    sockets = floor.tick();
    const std::chrono::duration<double, std::micro> took = SteadyClock::now() - began;
    wall.push_back(took.count());
    cpu.push_back(static_cast<double>(cpu_now() - before) / 1000);
  }
  std::cout << "{\"sockets\":" << sockets;
  print("cpu_us", cpu);
  print("wall_us", wall);
  std::cout << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App options("The least that polling the kernel's socket tables can cost");
  unsigned ticks = 5;
  std::int64_t interval_ms = 1000;
  bool with_time_wait = false;
  options.add_option("--ticks", ticks);
  options.add_option("--interval-ms", interval_ms);
  options.add_flag("--time-wait", with_time_wait);
  CLI11_PARSE(options, argc, argv);
  Floor floor(connected | (with_time_wait ? time_wait : 0U));
  run(floor, ticks, std::chrono::milliseconds(interval_ms));
}
