// Graphs in a few lines, for the tests of the printers.
#pragma once

#include <initializer_list>
#include <string_view>

#include "ttq/graph.h"

namespace ttq::test {

inline Address address(std::string_view text) { return Address::parse(text).value(); }

inline Endpoint tcp(std::string_view host, std::uint16_t port) {
  return {Protocol::tcp, address(host), port};
}
inline Endpoint udp(std::string_view host, std::uint16_t port) {
  return {Protocol::udp, address(host), port};
}

/// Every host was watched through the whole hour in question, unless a test says otherwise.
class Scene {
 public:
  Graph graph;

  explicit Scene(std::string_view target, Direction direction = Direction::both,
                 std::optional<unsigned> depth = std::nullopt) {
    graph.query = {
        std::string(target),
        direction,
        depth,
        {parse_time("2026-01-02T03:00:00Z").value(), parse_time("2026-01-02T04:00:00Z").value()}};
  }

  std::size_t host(std::string_view name, std::string_view where) {
    GraphHost host;
    host.id = "id-of-" + std::string(name);
    host.name = name;
    host.addresses = {address(where)};
    host.coverage = {{graph.query.span, Duration(1000), 0}};
    graph.hosts.push_back(host);
    mark_namesakes(graph);
    return graph.hosts.size() - 1;
  }

  std::size_t silent_host(std::string_view where, HostState state) {
    GraphHost host;
    host.addresses = {address(where)};
    host.state = state;
    graph.hosts.push_back(host);
    graph.complete = false;
    return graph.hosts.size() - 1;
  }

  std::size_t process(std::size_t host, std::string_view name, std::optional<std::int32_t> pgid,
                      std::vector<Endpoint> listens = {}) {
    Process process;
    process.name = name;
    process.pgid = pgid;
    if (!pgid) process.groups = 12;
    return add({.host = host, .owner = Owner::of(process), .listens = std::move(listens)});
  }

  std::size_t stranger(std::string_view where, std::optional<std::size_t> host = std::nullopt) {
    return add({.kind = NodeKind::address, .host = host, .address = address(where)});
  }

  void start(std::size_t node) { graph.nodes[node].start = true; }

  /// Sound unless the test spoils it: seen by both sides, and standing.
  Edge& edge(std::size_t source, std::size_t target, const Endpoint& listen,
             std::initializer_list<std::string_view> clients, std::uint64_t now = 1) {
    Edge edge{.source = source, .target = target, .listen = listen};
    for (const auto client : clients) edge.clients.push_back(address(client));
    edge.connections = {.now = now, .max = now, .opened = now};
    edge.seen_by_source = edge.seen_by_target = true;
    edge.evidence = Evidence::handshake;
    graph.edges.push_back(edge);
    return graph.edges.back();
  }

 private:
  std::size_t add(Node node) {
    node.id = "n" + std::to_string(graph.nodes.size());
    graph.nodes.push_back(std::move(node));
    mark_namesakes(graph);
    return graph.nodes.size() - 1;
  }
};

/// The figure of the paper: nginx, wrk before it, python behind it, and a forwarder of logs.
inline Scene paper_figure() {
  Scene scene("10.0.0.10", Direction::both, 1);
  const auto web = scene.host("web1", "10.0.0.10");
  const auto nginx = scene.process(web, "nginx", 4656, {tcp("0.0.0.0", 80)});
  const auto forwarder = scene.process(web, "fluentd", 2127);
  const auto wrk = scene.process(scene.host("load1", "10.0.0.11"), "wrk", 5982);
  const auto python = scene.process(scene.host("app1", "10.0.0.12"), "python", 6111);
  const auto logs = scene.process(scene.host("log1", "10.0.0.13"), "fluentd", 2001);
  scene.start(nginx);
  scene.start(forwarder);
  scene.edge(forwarder, logs, tcp("10.0.0.13", 24224), {"10.0.0.10"});
  scene.edge(nginx, python, tcp("10.0.0.12", 8080), {"10.0.0.10"}, 4);
  scene.edge(wrk, nginx, tcp("10.0.0.10", 80), {"10.0.0.11"}, 30);
  return scene;
}

}  // namespace ttq::test
