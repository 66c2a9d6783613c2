// What the kernel that runs the test counts of connections, as lines of text.
//
// The counter sees all of the network namespace, so each test reads of its own port alone.
#pragma once

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>

#include "loopback.h"
#include "probe/flow_counter.h"

namespace ttq::test {

inline NetNs own_netns() {
  struct stat status {};
  return ::stat("/proc/self/ns/net", &status) == 0 ? status.st_ino : 0;
}

/// None: this kernel, or this user, may not; then the daemon looks more often.
inline std::optional<FlowCounter> attach(const FlowCounter::Room& room = {}) {
  auto counter = FlowCounter::attach(own_netns(), room);
  if (counter) return std::move(*counter);
  MESSAGE("skipped: ", counter.error().message);
  return std::nullopt;
}

/// A child that was forked and not exec'ed does it.
template <class Act>
void in_child(const Act& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    act();
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
}

inline void check_is_this_process(const Caller& caller) {
  CHECK(caller.mark.pid == ::getpid());
  CHECK(caller.pgid == ::getpgrp());
  CHECK(caller.uid == ::geteuid());
  CHECK(std::string(program_invocation_short_name).starts_with(caller.name));
  CHECK(caller.cgroup != 0);
}

/// Adds up what is told of one port by a FlowCounter, or by a UdpCounter.
template <class Counter>
class Tally {
 public:
  Tally(Counter& counter, std::uint16_t port) : counter_(counter), port_(port) {}

  /// "active 127.0.0.1 < 127.0.0.1 attempts=1 ...", a line for each flow; asked for until it is as
  /// it should be.
  std::string lines(const std::string& right) {
    for (int asked = 0; asked < 200; ++asked) {
      take();
      if (print() == right) break;
      ::poll(nullptr, 0, 5);
    }
    return print();
  }
  /// Of the only flow that anybody has asked for.
  [[nodiscard]] Caller caller() const {
    REQUIRE(caller_);
    return *caller_;
  }
  [[nodiscard]] const std::map<EventFlow, FlowEvents>& flows() const { return sums_; }

 private:
  void take() {
    const auto told = counter_.take();
    REQUIRE(told);
    for (const FlowEvents& events : *told) {
      if (events.flow.listen.port != port_) continue;
      if (events.caller) caller_ = events.caller;
      add(sums_[events.flow], events);
    }
  }
  static void add(FlowEvents& sum, const FlowEvents& more) {
    sum.evidence = more.evidence;
    sum.datagrams += more.datagrams;
    sum.opened += more.opened;
    sum.failed += more.failed;
    sum.closed += more.closed;
    sum.taken_ended += more.taken_ended;
    sum.peak = std::max(sum.peak, more.peak);
    std::optional<Traffic> traffic = sum.traffic;
    ttq::add(traffic, more.traffic);
    sum.traffic = *traffic;
  }
  [[nodiscard]] std::string print() const {
    std::string text;
    for (const auto& [flow, sum] : sums_) text += line(flow, sum) + "\n";
    return text;
  }
  static std::string line(const EventFlow& flow, const FlowEvents& sum) {
    std::string text(print_role(flow.role));
    if (flow.listen.proto == Protocol::udp) text += " udp";
    text += " " + flow.listen.address.print() + " < " + flow.client.print();
    const auto count = [&](const char* name, std::uint64_t value) {
      if (value > 0) text += " " + std::string(name) + "=" + std::to_string(value);
    };
    count("attempts", sum.traffic.attempts);
    count("datagrams", sum.datagrams);
    count("opened", sum.opened);
    count("failed", sum.failed);
    count("closed", sum.closed);
    count("taken_ended", sum.taken_ended);
    count("peak", sum.peak);
    count("sent", sum.traffic.bytes_sent);
    count("received", sum.traffic.bytes_received);
    return text + (sum.evidence == Evidence::port ? " port" : "");
  }

  Counter& counter_;
  std::uint16_t port_;
  std::map<EventFlow, FlowEvents> sums_;
  std::optional<Caller> caller_;
};

/// What a look finds of one port.
inline FlowCounter::Standing standing_at(FlowCounter& counter, std::uint16_t port,
                                         std::size_t most = 1'000'000) {
  auto found = counter.take_over(most);
  REQUIRE(found);
  const auto is_elsewhere = [&](const auto& one) { return one.flow.listen.port != port; };
  std::erase_if(found->taken_over, is_elsewhere);
  std::erase_if(found->others, is_elsewhere);
  return std::move(*found);
}

/// An attempt that nobody answers: the queue of the listener is full.
struct Unanswered {
  Unanswered() : listener(listen_anywhere(0)), first(connect_to(port_of(listener))) {
    waiting = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    CHECK_FALSE(connects(waiting, loopback(port_of(listener))));
    CHECK(errno == EINPROGRESS);
  }
  UniqueFd listener;
  UniqueFd first;
  UniqueFd waiting;
};

}  // namespace ttq::test
