// Every string of a graph is an enemy's: none of it turns the terminal, or leaves its place.
#include "support/hostile_text.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "render/classic.h"
#include "render/dot.h"
#include "render/hosts.h"
#include "render/summary.h"
#include "render/tree.h"
#include "scene.h"

using namespace ttq;
using namespace ttq::test;

namespace {

/// A graph in which each text that a host can choose is this one.
Graph graph_of(const std::string& name) {
  Scene scene(name);
  const auto server = scene.host(name, "10.0.0.1");
  const auto client = scene.host(name, "10.0.0.2");
  const auto a = scene.process(server, name, 1, {tcp("10.0.0.1", 80)});
  const auto b = scene.process(client, name, 2);
  scene.start(a);
  scene.edge(b, a, tcp("10.0.0.1", 80), {"10.0.0.2"});
  const auto silent = scene.silent_host("10.0.0.3", HostState::untrusted);
  scene.edge(scene.stranger("10.0.0.3", silent), a, tcp("10.0.0.1", 80), {"10.0.0.3"});
  for (Node& node : scene.graph.nodes) {
    node.id = name;
    if (!node.owner.process) continue;
    node.owner.process->exe = name;
    node.owner.process->unit = name;
    node.owner.process->container = name;
  }
  for (GraphHost& host : scene.graph.hosts) {
    host.id = host.instance = host.message = host.probe = host.probe_reason = name;
  }
  scene.graph.warnings = {{name, name, name}, {"host_degraded", name, "x" + name}};
  return scene.graph;
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("trap 29: no text of a host turns the terminal, in whatever is printed") {
  const Graph good = graph_of("good");
  for (const std::string& name : hostile_names()) {
    CAPTURE(name);
    const Graph graph = graph_of(name);
    const std::string tree = render_tree(graph, {});
    CHECK(hostile_in(tree, "\n") == "");
    CHECK(lines_of(tree) == lines_of(render_tree(good, {})));
    CHECK(hostile_in(render_tree(graph, {.color = true}), "\n\x1b") == "");
    const std::string classic = render_classic(graph);
    CHECK(hostile_in(classic, "\n") == "");
    CHECK(lines_of(classic) == lines_of(render_classic(good)));
    const std::string hosts = render_hosts(graph);
    CHECK(hostile_in(hosts, "\n") == "");
    CHECK(lines_of(hosts) == lines_of(render_hosts(good)));
    const std::string dot = render_dot(graph);
    CHECK(hostile_in(dot, "\n") == "");
    CHECK(lines_of(dot) == lines_of(render_dot(good)));
    for (const std::string& line : print_warnings(graph.warnings, "")) {
      CHECK(hostile_in(line) == "");
    }
  }
}

TEST_CASE("in colour the only escapes are our own") {
  const std::string tree = render_tree(graph_of("\x1b[31mred\x1b]0;title\x07"), {.color = true});
  for (auto at = tree.find('\x1b'); at != std::string::npos; at = tree.find('\x1b', at + 1)) {
    const auto end = tree.find_first_not_of("0123456789", at + 2);
    REQUIRE(tree.at(at + 1) == '[');
    REQUIRE(tree.at(end) == 'm');
  }
}

TEST_CASE("of warnings of many hosts alike some are told, and how many more there are") {
  std::vector<Warning> warnings;
  for (int i = 0; i < 20'000; ++i) {
    const std::string where = "203.0.113." + std::to_string(i);
    warnings.push_back({"not_allowed", where, where + " was not asked"});
  }
  warnings.push_back({"host_timeout", "10.0.0.1", "no answer in time"});
  const auto lines = print_warnings(warnings, "");
  REQUIRE(lines.size() == 52);
  CHECK(lines.front() == "10.0.0.1: no answer in time (host_timeout)");
  CHECK(lines.back() == "and 19950 hosts or addresses more (not_allowed; -o json has all)");
}
