// Serves a whole fleet on one port: which host is asked, the local address of the connection says.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "bench/fleet.h"

namespace ttq::bench {

/// What the fleet was asked since it was served.
struct Traffic {
  std::atomic<std::uint64_t> connections = 0;
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> bytes = 0;  ///< of answers, heads included
};

class FleetServer {
 public:
  FleetServer(Fleet& fleet, std::uint16_t port);
  FleetServer(const FleetServer&) = delete;
  FleetServer& operator=(const FleetServer&) = delete;
  ~FleetServer();

  Traffic traffic;
  std::atomic<bool> weak_are_slow = false;  ///< they answer after two seconds

 private:
  using Moment = std::chrono::steady_clock::time_point;

  struct Connection {
    UniqueFd fd;
    std::size_t host = 0;
    std::string request;
    const std::string* answer = nullptr;
    std::size_t sent = 0;
  };

  void run();
  void accept_all();
  void receive(Connection& connection);
  void start_answer(Connection& connection);
  void send(Connection& connection);
  void send_due(Moment now);
  void watch(const Connection& connection, bool writable) const;

  Fleet& fleet_;
  UniqueFd listener_;
  UniqueFd epoll_;
  std::atomic<bool> stopping_ = false;
  std::map<int, Connection> connections_;
  std::multimap<Moment, int> delayed_;  ///< the slow ones, by when they answer
  std::thread thread_;
};

}  // namespace ttq::bench
