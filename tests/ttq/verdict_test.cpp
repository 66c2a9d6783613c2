#include "ttq/verdict.h"

#include <doctest/doctest.h>

using namespace ttq;

namespace {

/// A client and a server on one host that answered, and one edge between them.
Graph sound() {
  Graph graph;
  graph.query.span = {Time(std::chrono::hours(0)), Time(std::chrono::hours(1))};
  GraphHost host;
  host.name = "web1";
  host.coverage = {{graph.query.span, Duration(1000), 0}};
  graph.hosts.push_back(host);
  graph.nodes.resize(2);
  for (Node& node : graph.nodes) {
    node.host = 0;
    node.owner = Owner::of({});
  }
  graph.nodes[1].start = true;
  graph.edges.push_back({.source = 0, .target = 1});
  return graph;
}

GraphHost silent(HostState state) {
  GraphHost host;
  host.state = state;
  host.message = "Connection\nrefused";
  return host;
}

Target at(const char* host) { return {.address = {host, 18870, ""}}; }
Target local() { return {.address = {"", 0, "/run/x.sock"}}; }

}  // namespace

TEST_CASE("0: every end is explained") { CHECK(judge(sound()) == Verdict::complete); }

TEST_CASE("1: the target itself could not be asked") {
  for (const auto state :
       {HostState::unreachable, HostState::timeout, HostState::denied, HostState::budget}) {
    Graph graph;
    graph.complete = false;
    graph.hosts = {silent(state)};
    CHECK(judge(graph) == Verdict::error);
    CHECK(judge_hosts(graph) == Verdict::error);
    CHECK(explain_error(graph, at("web1")).find('\n') == std::string::npos);
  }
  CHECK(judge(Graph{}) == Verdict::error);
}

TEST_CASE("5: the target answered, and its answer cannot be used") {
  Graph graph;
  graph.complete = false;
  graph.hosts = {silent(HostState::untrusted)};
  CHECK(judge(graph) == Verdict::untrusted);
  CHECK(judge_hosts(graph) == Verdict::untrusted);
  CHECK(is_failure(Verdict::untrusted));
  CHECK(explain_error(graph, at("web1")).find("is it a ttracerd of your fleet, ") !=
        std::string::npos);
  // Of any other host that is no more than a graph with a hole in it.
  graph = sound();
  graph.hosts.push_back(silent(HostState::untrusted));
  graph.complete = false;
  CHECK(judge(graph) == Verdict::incomplete);
}

TEST_CASE("trap 25: 3: nothing was found, whatever else is shown, and it is said why") {
  Graph graph = sound();
  graph.edges.clear();
  CHECK(judge(graph) == Verdict::nothing_found);
  graph.complete = false;
  CHECK(judge(graph) == Verdict::nothing_found);
  graph.query.direction = Direction::impact;
  CHECK(explain_nothing(graph) ==
        "nothing found: the process on web1 was not seen to be connected to by anything (watched "
        "all of it, looking every 1s)");
  graph.hosts[0].coverage.clear();
  graph.nodes.clear();
  CHECK(explain_nothing(graph) ==
        "nothing found: no process on web1 is what was asked for (watched "
        "none of it)");
  graph.warnings = {{"nothing_found", "web1", "no process named x on web1"}};
  CHECK(explain_nothing(graph) == "nothing found: no process named x on web1");
}

TEST_CASE("4: printed but incomplete") {
  Graph graph = sound();
  graph.complete = false;
  CHECK(judge(graph) == Verdict::incomplete);
}

TEST_CASE("4: the target failed in the middle, and what it told before is shown") {
  Graph graph = sound();
  graph.hosts[0].state = HostState::timeout;
  CHECK(judge(graph) == Verdict::incomplete);
}

TEST_CASE("where the question is who answers, an unknown end does not matter, a silent host does") {
  Graph graph = sound();
  graph.complete = false;
  CHECK(judge_hosts(graph) == Verdict::complete);
  graph.hosts.push_back(silent(HostState::unreachable));
  CHECK(judge_hosts(graph) == Verdict::incomplete);
  graph.hosts.pop_back();
  graph.warnings = {{"not_allowed", "203.0.113.7", "203.0.113.7 was not asked"}};
  CHECK(judge_hosts(graph) == Verdict::incomplete);
}

TEST_CASE("an error says whom, why, and what to do") {
  Graph graph;
  graph.hosts = {silent(HostState::unreachable)};
  CHECK(explain_error(graph, at("2001:db8::1")) ==
        "cannot ask [2001:db8::1]:18870: Connection\xEF\xBF\xBDrefused; is ttracerd running there, "
        "and does it listen on that address and port?");
  CHECK(explain_error(graph, local()) ==
        "cannot ask the daemon of this host at /run/x.sock: Connection\xEF\xBF\xBDrefused; is "
        "ttracerd running? (else name a TARGET)");
}
