#include "bench/fleet.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "api/http_exchange.h"
#include "base/text.h"
#include "store/memory_store.h"

namespace ttq::bench {
namespace {

constexpr NetNs netns = 4'026'531'840;
constexpr std::uint16_t application_port = 8080;
constexpr std::size_t one_in = 20;
constexpr std::size_t layers = 9;

Time now() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

Address v4(std::uint32_t number) {
  const std::array<std::uint8_t, 4> bytes{
      static_cast<std::uint8_t>(number >> 24U), static_cast<std::uint8_t>(number >> 16U),
      static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)};
  return Address::v4(bytes);
}

/// The background: twenty programs of a usual server, and the application.
Owner program(std::size_t host, std::size_t index) {
  constexpr std::array<std::string_view, 5> names{"postgres", "redis-server", "node_exporter",
                                                  "java", "python3.11"};
  const std::string name(index == 0 ? "application" : names[index % names.size()]);
  const auto pid = static_cast<std::int32_t>(1000 + index * 37 + host % 11);
  return Owner::of({.key = {pid, pid, fnv1a(name, host)},
                    .name = name,
                    .pgid = pid,
                    .exe = "/usr/lib/" + name + "/bin/" + name,
                    .uid = 100 + static_cast<std::uint32_t>(index),
                    .unit = name + "@" + std::to_string(index) + ".service"});
}

Flow flow_of(const Owner& owner, Role role, const Endpoint& listen, const Address& client) {
  return {.key = {listen, client, role, netns, owner.key()},
          .owner = owner,
          .connections = {.now = 2, .max = 3, .opened = 17, .closed = 15},
          .first_seen = now() - std::chrono::minutes(2),
          .last_seen = now() - std::chrono::minutes(1),
          .evidence = role == Role::active ? Evidence::handshake : Evidence::listener};
}

/// The head without what differs from one run to the next: the span, as moments or as ages.
std::string without_times(const std::string& head) {
  std::string kept = head.substr(0, head.find("\r\n"));
  for (const std::string_view name : {"since=", "until="}) {
    const auto begin = kept.find(name);
    if (begin == std::string::npos) continue;
    kept.erase(begin, std::min(kept.find_first_of("& ", begin), kept.size()) - begin);
  }
  return kept + (head.find("gzip") == std::string::npos ? "" : " gzip");
}

}  // namespace

std::string_view print_shape(Shape shape) {
  return shape == Shape::star ? "star" : shape == Shape::chain ? "chain of 9" : "random graph";
}

Fleet::Fleet(Shape shape, std::size_t hosts)
    : shape_(shape), hosts_(hosts), callees_(hosts), callers_(hosts) {
  connect();
  for (std::size_t host = 0; host < hosts_; ++host) {
    auto& callees = callees_[host];
    std::sort(callees.begin(), callees.end());
    callees.erase(std::unique(callees.begin(), callees.end()), callees.end());
    for (const std::size_t callee : callees) callers_[callee].push_back(host);
  }
}

/// The first host reaches all others: at once, in nine steps of the same width, or by way of four
/// random callees each (and the tree that makes sure of it).
void Fleet::connect() {
  std::mt19937 random(1);
  const std::size_t width = std::max<std::size_t>((hosts_ - 1 + layers - 1) / layers, 1);
  for (std::size_t host = 1; host < hosts_; ++host) {
    std::size_t caller = 0;
    if (shape_ == Shape::chain && host > width) caller = host - width;
    if (shape_ == Shape::random) caller = random() % host;
    callees_[caller].push_back(host);
    if (shape_ != Shape::random) continue;
    for (int i = 0; i < 3; ++i) callees_[host].push_back(random() % hosts_);
  }
}

/// Of a chain its ends: what is behind a dead host is not reached.
bool Fleet::is_weak(std::size_t host) const {
  if (host == 0) return false;
  if (shape_ == Shape::chain) return host >= hosts_ - std::max<std::size_t>(hosts_ / one_in, 1);
  return (hosts_ - host) % one_in == 1;
}

std::uint32_t Fleet::number(std::size_t host) const {
  return (10U << 24U) + (is_weak(host) ? 128U << 16U : 0) + static_cast<std::uint32_t>(host) + 1;
}

Address Fleet::address_of(std::size_t host) const { return v4(number(host)); }
std::string Fleet::address(std::size_t host) const { return address_of(host).print(); }

std::size_t Fleet::host_at(std::uint32_t address) const {
  return std::min<std::size_t>((address & 0x7FFFFFU) - 1, hosts_);
}

std::vector<Flow> Fleet::flows(std::size_t host) const {
  std::vector<Flow> all;
  const Address own = address_of(host);
  const Owner application = program(host, 0);
  for (const std::size_t callee : callees_[host]) {
    all.push_back(flow_of(application, Role::active,
                          {Protocol::tcp, address_of(callee), application_port}, own));
  }
  for (const std::size_t caller : callers_[host]) {
    all.push_back(flow_of(application, Role::passive, {Protocol::tcp, own, application_port},
                          address_of(caller)));
  }
  for (std::uint32_t i = 0; all.size() < flows_of_a_host; ++i) {
    const Owner owner = program(host, 1 + i % 20);
    const Address far = v4((172U << 24U) + (16U << 16U) + i);
    const Endpoint listen{Protocol::tcp, i % 2 == 0 ? far : own,
                          static_cast<std::uint16_t>(9000 + i % 20)};
    all.push_back(
        flow_of(owner, i % 2 == 0 ? Role::active : Role::passive, listen, i % 2 == 0 ? own : far));
  }
  return all;
}

std::vector<Listener> Fleet::listeners(std::size_t host) const {
  std::vector<Listener> all;
  for (std::size_t i = 0; i <= 20; ++i) {
    const auto port = static_cast<std::uint16_t>(i == 0 ? application_port : 9000 + i - 1);
    all.push_back({.endpoint = {Protocol::tcp, v4(0), port},
                   .netns = netns,
                   .owner = program(host, i),
                   .first_seen = now() - std::chrono::minutes(2),
                   .last_seen = now() - std::chrono::minutes(1)});
  }
  return all;
}

std::string Fleet::make_answer(std::size_t host, const std::string& head) const {
  MemoryStore store;
  // Of a minute ago: the question may be older than its answer, while the fleet is new.
  const Time moment = now() - std::chrono::minutes(1);
  const Window window = window_at(moment, std::chrono::minutes(1));
  const Coverage coverage{.span = {window.start, moment}};
  const auto written = store.write(
      {.window = window, .flows = flows(host), .listeners = listeners(host), .coverage = coverage});
  if (!written) std::abort();
  const std::string name = "host" + std::to_string(host);
  Host speaker{.id = name + "-id",
               .instance = to_hex(name),
               .name = name,
               .addresses = {address_of(host)},
               .version = "0.1.0",
               .probe = "netlink"};
  const Routes routes(store, {[&] { return speaker; }, [] { return Health{.ticks = 1}; }, now});
  HttpAnswer answer = HttpExchange(routes).answer(head, Standing::admitted);
  while (answer.rest) {
    HttpPiece piece = HttpExchange::go_on(*answer.rest, answer.is_chunked);
    answer.bytes += piece.bytes;
    if (piece.is_last || piece.is_broken) answer.rest.reset();
  }
  return answer.bytes;
}

const std::string& Fleet::answer(std::size_t host, const std::string& head) {
  const auto [at, is_new] = answers_.try_emplace({host, without_times(head)});
  if (is_new) at->second = make_answer(host, head);
  return at->second;
}

}  // namespace ttq::bench
