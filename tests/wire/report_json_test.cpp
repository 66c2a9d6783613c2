#include "wire/report_json.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace ttq;
using namespace std::chrono_literals;

namespace {

Address address(std::string_view text) { return Address::parse(text).value(); }
Time at(std::string_view text) { return parse_time(text).value(); }

const Span minute{at("2026-01-02T03:04:00Z"), at("2026-01-02T03:05:00Z")};

Host web1() {
  return {.id = "5f1e",
          .instance = "a7",
          .name = "web1",
          .addresses = {address("10.0.0.10"), address("2001:db8::10")},
          .version = "0.1.0",
          .probe = "netlink",
          .degradations = {"owners of other users' sockets are hidden"},
          .now = at("2026-01-02T03:04:05.678Z")};
}

Process nginx() {
  return {.key = {4656, 4650, 0x9f3c},
          .name = "nginx",
          .pgid = 4656,
          .exe = "/usr/sbin/nginx",
          .uid = 33,
          .unit = "nginx.service"};
}

Flow flow_of(const Owner& owner) {
  return {.key = {.listen = {Protocol::tcp, address("10.0.0.10"), 80},
                  .client = address("10.0.0.11"),
                  .role = Role::passive,
                  .netns = 4026531840,
                  .process = owner.key()},
          .owner = owner,
          .connections = {30, 31, 32, 2, 4, 1},
          .first_seen = minute.since,
          .last_seen = minute.until,
          .evidence = Evidence::listener};
}

FlowReport flow_report(const Owner& owner) {
  return {.host = web1(),
          .span = minute,
          .coverage = {{minute, 1000ms, 7, 9}},
          .flows = {flow_of(owner)},
          .next = "c0ffee"};
}

/// Without the blanks between tokens. REQUIRES: none inside strings.
std::string squeezed(std::string text) {
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\n'; }),
             text.end());
  return text;
}

}  // namespace

TEST_CASE("a report of flows is spelled as ttq-report(7) says") {
  FlowReport report = flow_report(Owner::of(nginx()));
  report.host.degradations = {};
  report.next = std::nullopt;
  CHECK(squeezed(to_json(report)) == squeezed(R"({
    "host": {"id": "5f1e", "instance": "a7", "name": "web1",
             "addresses": ["10.0.0.10", "2001:db8::10"], "version": "0.1.0",
             "probe": "netlink", "probe_reason": null, "degradations": [], "now": "2026-01-02T03:04:05.678Z"},
    "since": "2026-01-02T03:04:00Z", "until": "2026-01-02T03:05:00Z",
    "coverage": [{"since": "2026-01-02T03:04:00Z", "until": "2026-01-02T03:05:00Z",
                  "interval_ms": 1000, "dropped": 7, "events_lost": 9}],
    "flows": [{"proto": "tcp", "role": "passive",
               "listen": {"address": "10.0.0.10", "port": 80},
               "client": "10.0.0.11", "peer": "10.0.0.11", "netns": 4026531840,
               "process": {"id": "4656.4650.9f3c", "name": "nginx", "pgid": 4656, "groups": 1,
                           "exe": "/usr/sbin/nginx", "uid": 33, "unit": "nginx.service",
                           "container": null},
               "unknown_owner": null,
               "connections": {"now": 30, "max": 31, "opened": 32, "closed": 2, "failed": 4,
                               "pending": 1},
               "attempts": null, "bytes_sent": null, "bytes_received": null,
               "rtt_us": null, "rtt_count": null, "retransmits": null,
               "first_seen": "2026-01-02T03:04:00Z", "last_seen": "2026-01-02T03:05:00Z",
               "evidence": "listener"}],
    "next": null})"));
}

TEST_CASE("a report of flows comes back as it was") {
  Process folded = nginx();
  folded.key = {0, 0, ~0ULL};
  folded.pgid = std::nullopt;
  folded.groups = 12;
  Process bare{.key = {1, 2, 3}, .name = "bare", .pgid = 1};
  bare.container = std::string(64, 'f');
  for (const Owner& owner :
       {Owner::of(nginx()), Owner::of(folded), Owner::of(bare),
        Owner::nobody(UnknownOwner::time_wait), Owner::nobody(UnknownOwner::kernel)}) {
    const FlowReport sent = flow_report(owner);
    const auto read = parse_flow_report(to_json(sent));
    REQUIRE_MESSAGE(read.has_value(), read.error().message);
    CHECK(read->host == sent.host);
    CHECK(read->span == sent.span);
    CHECK(read->coverage == sent.coverage);
    CHECK(read->flows == sent.flows);
    CHECK(read->next == sent.next);
  }
}

TEST_CASE("the traffic of a flow is spelled as ttq-report(7) says, and comes back as it was") {
  FlowReport sent = flow_report(Owner::of(nginx()));
  sent.flows[0].key.role = Role::active;
  sent.flows[0].traffic = {40, 70'000, 800'000, 5, 3 * 250, 3};
  const std::string text = to_json(sent);
  CHECK(text.find(R"("attempts":40,"bytes_sent":70000,"bytes_received":800000,)"
                  R"("rtt_us":250,"rtt_count":3,"retransmits":5,)") != std::string::npos);
  const auto read = parse_flow_report(text);
  REQUIRE_MESSAGE(read.has_value(), read.error().message);
  CHECK(read->flows == sent.flows);
}

TEST_CASE("who accepts does not know the attempts, nor a flow without a reading its round trip") {
  FlowReport sent = flow_report(Owner::of(nginx()));
  sent.flows[0].traffic = {0, 70'000, 800'000, 5, 0, 0};
  const std::string text = to_json(sent);
  CHECK(text.find(R"("attempts":null,"bytes_sent":70000,)") != std::string::npos);
  CHECK(text.find(R"("rtt_us":null,"rtt_count":0,)") != std::string::npos);
  const auto read = parse_flow_report(text);
  REQUIRE_MESSAGE(read.has_value(), read.error().message);
  CHECK(read->flows == sent.flows);
}

TEST_CASE("every role, protocol and evidence comes back as it was") {
  FlowReport sent = flow_report(Owner::nobody(UnknownOwner::exited));
  for (const auto evidence :
       {Evidence::event, Evidence::handshake, Evidence::peer, Evidence::port}) {
    Flow flow = sent.flows.front();
    flow.key.role = Role::active;
    flow.key.listen.proto = Protocol::udp;
    flow.evidence = evidence;
    sent.flows.push_back(flow);
  }
  const auto read = parse_flow_report(to_json(sent));
  REQUIRE_MESSAGE(read.has_value(), read.error().message);
  CHECK(read->flows == sent.flows);
}

TEST_CASE("a report of a host comes back as it was") {
  const HostReport sent{web1(), {{minute, 1500ms, 0}}};
  const auto read = parse_host_report(to_json(sent));
  REQUIRE_MESSAGE(read.has_value(), read.error().message);
  CHECK(read->host == sent.host);
  CHECK(read->coverage == sent.coverage);
}

TEST_CASE("a report of listeners comes back as it was") {
  const Listener known{.endpoint = {Protocol::tcp, address("::"), 80},
                       .netns = 5,
                       .owner = Owner::of(nginx()),
                       .v6only = true,
                       .first_seen = minute.since,
                       .last_seen = minute.until};
  Listener unknown = known;
  unknown.owner = Owner::nobody(UnknownOwner::no_permission);
  unknown.endpoint.proto = Protocol::udp;
  const ListenerReport sent{web1(), minute, {known, unknown}};
  const auto read = parse_listener_report(to_json(sent));
  REQUIRE_MESSAGE(read.has_value(), read.error().message);
  CHECK(read->host == sent.host);
  CHECK(read->span == sent.span);
  CHECK(read->listeners == sent.listeners);
}

TEST_CASE("an older host that knows fewer fields, or a newer that knows more, is understood") {
  const auto read = parse_flow_report(R"({
    "host": {"id": "x", "name": "web1", "addresses": ["10.0.0.10"], "version": "0.1.0",
             "now": "2026-01-02T03:04:05Z", "mood": {"good": [true]}},
    "since": "2026-01-02T03:04:00Z", "until": "2026-01-02T03:05:00Z",
    "coverage": [{"since": "2026-01-02T03:04:00Z", "until": "2026-01-02T03:05:00Z",
                  "interval_ms": 1000}],
    "flows": [{"proto": "tcp", "role": "active", "listen": {"address": "10.0.0.10", "port": 80},
               "client": "10.0.0.11", "peer": "10.0.0.10",
               "process": {"name": "wrk", "pgid": 7, "exe": "/bin/wrk", "uid": 0, "unit": null,
                           "container": null},
               "connections": {"now": 1, "max": 1, "opened": 1, "closed": 0, "failed": 0},
               "first_seen": "2026-01-02T03:04:00Z", "last_seen": "2026-01-02T03:04:00Z",
               "evidence": "port", "confidence": 0.5}],
    "next": null})");
  REQUIRE_MESSAGE(read.has_value(), read.error().message);
  CHECK(read->host.instance.empty());
  CHECK(read->host.degradations.empty());
  CHECK(read->coverage[0].dropped == 0);
  CHECK(read->coverage[0].lost == 0);
  const Flow& flow = read->flows[0];
  CHECK(flow.connections.pending == 0);
  CHECK_FALSE(flow.traffic.has_value());
  CHECK(flow.owner.process->groups == 1);
  CHECK(flow.key.process.pgid == 7);
  CHECK(flow.key.process == flow.owner.key());
}

TEST_CASE("without ids, two programs are still two processes") {
  const auto named = [](const std::string& name, const std::string& pgid) {
    const std::string text = R"({
      "host": {"id": "x", "name": "y", "addresses": [], "version": "1", "now": "1"},
      "since": "1", "until": "2",
      "listeners": [{"proto": "tcp", "address": "::", "port": 1, "v6only": false,
                     "first_seen": "1", "last_seen": "1",
                     "process": {"exe": null, "unit": null, "uid": 0, "container": null,
                                 "name": ")" +
                             name + R"(", "pgid": )" + pgid + "}}]}";
    return parse_listener_report(text).value().listeners[0].owner.key();
  };
  CHECK(named("a", "7") == named("a", "7"));
  CHECK_FALSE(named("a", "7") == named("b", "7"));
  CHECK_FALSE(named("a", "7") == named("a", "8"));
  CHECK_FALSE(named("a", "null") == named("b", "null"));
}

TEST_CASE("an error is an object with a code and a message") {
  CHECK(error_to_json("bad_parameter", "since: \"x\"") ==
        "{\"error\":{\"code\":\"bad_parameter\",\"message\":\"since: \\\"x\\\"\"}}\n");
}

TEST_CASE("trap 29: a name that is not UTF-8 does not stop a report") {
  Process broken = nginx();
  broken.name = "a\xFF\"b";
  const auto read = parse_flow_report(to_json(flow_report(Owner::of(broken))));
  REQUIRE_MESSAGE(read.has_value(), read.error().message);
  CHECK(read->flows[0].owner.process->name == "a\xEF\xBF\xBD\"b");
}
