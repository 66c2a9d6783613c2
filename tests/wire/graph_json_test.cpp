#include "wire/graph_json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/hostile_text.h"

using namespace ttq;

namespace {

constexpr Time moment{std::chrono::seconds(1'767'323'045)};
const Address web_address = Address::parse("10.0.0.10").value();
const Address client_address = Address::parse("10.0.0.11").value();

/// nginx on web1, with connections from an address that gave no answer.
Graph small_graph() {
  const Process nginx{.key = {4656, 4656, 0x9f},
                      .name = "nginx",
                      .pgid = 4656,
                      .exe = "/usr/sbin/nginx",
                      .uid = 33,
                      .unit = "nginx.service"};
  const Endpoint listen{Protocol::tcp, web_address, 80};
  Graph graph{.query = {"10.0.0.10", Direction::both, 1, {moment - std::chrono::hours(1), moment}},
              .complete = false,
              .warnings = {{"host_unreachable", "10.0.0.11", "Connection refused"}},
              .hosts = {{.id = "1c0f",
                         .instance = "77",
                         .name = "web1",
                         .addresses = {web_address},
                         .clock_offset = Duration(3)},
                        {.addresses = {client_address},
                         .state = HostState::unreachable,
                         .message = "Connection refused"}}};
  graph.nodes = {
      {.id = "1c0f/4656.4656.9f",
       .host = 0,
       .owner = Owner::of(nginx),
       .listens = {listen},
       .start = true},
      {.id = "10.0.0.11", .kind = NodeKind::address, .host = 1, .address = client_address}};
  graph.edges = {{.source = 1,
                  .target = 0,
                  .listen = listen,
                  .clients = {client_address},
                  .connections = {.now = 30, .max = 30, .opened = 31, .closed = 1},
                  .seen_by_target = true,
                  .evidence = Evidence::listener,
                  .first_seen = moment,
                  .last_seen = moment}};
  return graph;
}

}  // namespace

TEST_CASE("a graph as JSON: every field is there, and what is not known is null") {
  // One line in truth; broken here between members.
  std::string expected;
  for (
      const char* line :
      {R"({"schema_version":1,"query":{"target":"10.0.0.10","direction":"both","depth":1,)",
       R"("since":"2026-01-02T02:04:05Z","until":"2026-01-02T03:04:05Z"},"complete":false,)",
       R"("warnings":[{"code":"host_unreachable","host":"10.0.0.11",)",
       R"("message":"Connection refused"}],)",
       R"("hosts":[{"id":"1c0f","instance":"77","name":"web1","addresses":["10.0.0.10"],)",
       R"("state":"ok","message":null,"probe":null,"probe_reason":null,"clock_offset_ms":3,"coverage":[]},)",
       R"({"id":null,"instance":null,"name":null,"addresses":["10.0.0.11"],)",
       R"("state":"unreachable","message":"Connection refused",)",
       R"("probe":null,"probe_reason":null,"clock_offset_ms":null,)",
       R"("coverage":[]}],)",
       R"("nodes":[{"id":"1c0f/4656.4656.9f","kind":"process","host":"web1","name":"nginx",)",
       R"("pgid":4656,"groups":1,"exe":"/usr/sbin/nginx","uid":33,"unit":"nginx.service",)",
       R"("container":null,"address":null,"unknown_owner":null,"not_asked":null,)",
       R"("listens":[{"proto":"tcp","address":"10.0.0.10","port":80}],"start":true},)",
       R"({"id":"10.0.0.11","kind":"address","host":"10.0.0.11","name":null,"pgid":null,)",
       R"("groups":null,"exe":null,"uid":null,"unit":null,"container":null,)",
       R"("address":"10.0.0.11","unknown_owner":null,"not_asked":null,)",
       R"("listens":[],"start":false}],)",
       R"("edges":[{"source":"10.0.0.11","target":"1c0f/4656.4656.9f","proto":"tcp",)",
       R"("listen":{"address":"10.0.0.10","port":80},"clients":["10.0.0.11"],)",
       R"("connections":{"now":30,"max":30,"opened":31,"closed":1,"failed":0,"pending":0},)",
       R"("attempts":null,"bytes_sent":null,"bytes_received":null,"rtt_us":null,)",
       R"("rtt_count":null,"retransmits":null,)",
       R"("seen_by":["target"],"ambiguous":false,"evidence":"listener",)",
       R"("first_seen":"2026-01-02T03:04:05Z","last_seen":"2026-01-02T03:04:05Z"}]})",
       "\n"}) {
    expected += line;
  }
  CHECK(to_json(small_graph()) == expected);
}

TEST_CASE("an edge tells its traffic, but no attempts where only its target told of them") {
  Graph graph = small_graph();
  graph.edges[0].traffic = Traffic{40, 70'000, 800'000, 5, 1001, 2};
  CHECK(to_json(graph).find(R"("attempts":40,"bytes_sent":70000,"bytes_received":800000,)"
                            R"("rtt_us":501,"rtt_count":2,"retransmits":5,"seen_by")") !=
        std::string::npos);
  graph.edges[0].traffic_mirrored = true;
  CHECK(to_json(graph).find(R"("attempts":null,"bytes_sent":70000,)") != std::string::npos);
}

TEST_CASE("folded groups have no pgid, and a walk to the end no depth") {
  Graph graph = small_graph();
  graph.query.depth = std::nullopt;
  graph.nodes[0].owner.process->pgid = std::nullopt;
  graph.nodes[0].owner.process->groups = 12;
  const std::string json = to_json(graph);
  CHECK(json.find(R"("depth":null)") != std::string::npos);
  CHECK(json.find(R"("pgid":null,"groups":12)") != std::string::npos);
}

TEST_CASE("trap 29: a name that is not UTF-8, or holds quotes, cannot break the JSON") {
  Graph graph = small_graph();
  graph.nodes[0].owner.process->name = "a\"b\\\x1b[31m\xff";
  graph.nodes[1].owner = Owner::nobody(UnknownOwner::time_wait);
  const std::string json = to_json(graph);
  CHECK(json.find(R"("name":"a\"b\\\u001b[31m)"
                  "\xEF\xBF\xBD\"") != std::string::npos);
  CHECK(json.find(R"("unknown_owner":"time_wait")") != std::string::npos);
}

TEST_CASE("trap 29: JSON that is looked at in a terminal turns it no more than any other output") {
  for (const std::string& name : test::hostile_names()) {
    CAPTURE(name);
    Graph graph = small_graph();
    graph.query.target = graph.nodes[0].id = graph.hosts[0].id = name;
    graph.nodes[0].owner.process->name = name;
    graph.warnings = {{name, name, name}};
    const std::string json = to_json(graph);
    CHECK(test::hostile_in(json, "\n") == "");
    CHECK(nlohmann::json::accept(json));
  }
  Graph graph = small_graph();
  graph.query.target = "\u202Ea\U000E0041\x7f";
  const std::string json = to_json(graph);
  CHECK(json.find(R"("target":"\u202ea\udb40\udc41\u007f")") != std::string::npos);
  CHECK(nlohmann::json::parse(json).at("query").at("target") == graph.query.target);
}
