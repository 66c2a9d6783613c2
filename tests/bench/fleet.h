// A simulated fleet: many hosts, each of them the real routes and HTTP exchange of a daemon over a
// store in memory. Every host has an application that calls those of other hosts, in one of three
// shapes, and a background of flows that are none of the application's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ttq/address.h"
#include "ttq/flow.h"
#include "ttq/listener.h"

namespace ttq::bench {

enum class Shape { star, chain, random };

std::string_view print_shape(Shape shape);

inline constexpr std::size_t flows_of_a_host = 200;

class Fleet {
 public:
  Fleet(Shape shape, std::size_t hosts);

  [[nodiscard]] std::size_t size() const { return hosts_; }
  /// One host in twenty, never the first, has its address in 10.128.0.0/9 and may be made to give
  /// trouble: dead (arena.h) or slow (fleet_server.h).
  [[nodiscard]] bool is_weak(std::size_t host) const;
  [[nodiscard]] std::string address(std::size_t host) const;

  /// The host of an IPv4 address in host byte order; size(): none.
  [[nodiscard]] std::size_t host_at(std::uint32_t address) const;

  /// The bytes of the whole answer to a request's head. Made once, and kept: what a host of a real
  /// fleet spends on it is spent on that host.
  const std::string& answer(std::size_t host, const std::string& head);

 private:
  using Edge = std::pair<std::size_t, std::size_t>;

  void connect();
  [[nodiscard]] std::uint32_t number(std::size_t host) const;
  [[nodiscard]] Address address_of(std::size_t host) const;
  [[nodiscard]] std::vector<Flow> flows(std::size_t host) const;
  [[nodiscard]] std::vector<Listener> listeners(std::size_t host) const;
  [[nodiscard]] std::string make_answer(std::size_t host, const std::string& head) const;

  Shape shape_;
  std::size_t hosts_;
  std::vector<std::vector<std::size_t>> callees_;
  std::vector<std::vector<std::size_t>> callers_;
  std::map<std::pair<std::size_t, std::string>, std::string> answers_;
};

}  // namespace ttq::bench
