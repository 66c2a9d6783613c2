#include "api/routes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/openapi.h"
#include "small_world.h"
#include "wire/report_json.h"

using namespace ttq;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::string error_code(const Response& response) {
  return json::parse(response.body).at("error").at("code");
}

/// What is described once, and referred to.
const json& resolved(const json& document, const json& part) {
  if (!part.contains("$ref")) return part;
  return document.at(json::json_pointer(part.at("$ref").get<std::string>().substr(1)));
}

}  // namespace

TEST_CASE("flows are answered as a report") {
  SmallWorld world;
  world.store.page = {{some_flow()}, "c0ffee"};
  world.store.watched = {{{noon() - 2h, noon()}, 1s, 0}};
  const Response response = world.get("/v1/flows");
  CHECK(response.status == 200);
  CHECK(response.content_type == "application/json");
  const auto report = parse_flow_report(response.body);
  REQUIRE_MESSAGE(report.has_value(), report.error().message);
  CHECK(report->host.name == "web1");
  CHECK(report->host.now == noon());
  CHECK(report->span == Span{noon() - 1h, noon()});
  CHECK(report->flows == world.store.page.flows);
  CHECK(report->next == "c0ffee");
  // trap 25: coverage is that of the question, not of all time
  CHECK(report->coverage == std::vector<Coverage>{{{noon() - 1h, noon()}, 1s, 0}});
}

TEST_CASE("listeners and the last hour come in the same answer, where they are asked for") {
  SmallWorld world;
  world.store.bound = {
      {.endpoint = {Protocol::tcp, Address{}, 80}, .owner = Owner::nobody(UnknownOwner::exited)}};
  world.store.watched = {{{noon() - 2h, noon()}, 1s, 0}};
  const auto plain = parse_flow_report(world.get("/v1/flows").body);
  CHECK_FALSE(plain->listeners);
  CHECK_FALSE(plain->recent);
  const auto both = parse_flow_report(world.get("/v1/flows?with=listeners,recent&since=-5m").body);
  CHECK(both->listeners == world.store.bound);
  CHECK(both->coverage == std::vector<Coverage>{{{noon() - 5min, noon()}, 1s, 0}});
  CHECK(both->recent == std::vector<Coverage>{{{noon() - 1h, noon()}, 1s, 0}});
}

TEST_CASE("who is known says who it is, and no more") {
  SmallWorld world;
  world.store.page = {{some_flow()}, "c0ffee"};
  const auto known = parse_flow_report(world.get("/v1/flows?with=listeners&unless=a7").body);
  CHECK(known->host.instance == "a7");
  CHECK(known->flows.empty());
  CHECK_FALSE(known->listeners);
  CHECK_FALSE(known->next);
  const auto other = parse_flow_report(world.get("/v1/flows?with=listeners&unless=b8").body);
  CHECK(other->flows.size() == 1);
  CHECK(other->listeners);
}

TEST_CASE("what was asked reaches the store") {
  SmallWorld world;
  world.get(
      "/v1/flows?since=1767355200&until=2026-01-02T15:00:00%2B02:00&role=passive&proto=udp&port=53"
      "&peer=::ffff:10.0.0.1&name=a%29%20b&pgid=7&limit=3&cursor=c0ffee");
  const FlowQuery asked = world.store.asked();
  CHECK(asked.span == Span{noon(), noon() + 1h});
  CHECK(asked.role == Role::passive);
  CHECK(asked.proto == Protocol::udp);
  CHECK(asked.port == 53);
  CHECK(asked.peer == Address::parse("10.0.0.1"));
  CHECK(asked.name == "a) b");
  CHECK(asked.pgid == 7);
  CHECK(asked.limit == 3);
  CHECK(asked.cursor == "c0ffee");
}

TEST_CASE("a host answers with itself and the last hour's coverage") {
  SmallWorld world;
  world.store.watched = {{{noon() - 2h, noon() - 30min}, 1s, 0}};
  const auto report = parse_host_report(world.get("/v1/host").body);
  REQUIRE_MESSAGE(report.has_value(), report.error().message);
  CHECK(report->host.id == "5f1e");
  CHECK(report->coverage == std::vector<Coverage>{{{noon() - 1h, noon() - 30min}, 1s, 0}});
}

TEST_CASE("listeners are answered for the span that was asked") {
  SmallWorld world;
  world.store.bound = {{.endpoint = {Protocol::udp, Address::parse("::").value(), 53},
                        .owner = Owner::nobody(UnknownOwner::no_permission),
                        .first_seen = noon(),
                        .last_seen = noon()}};
  const Response response = world.get("/v1/listeners?until=2026-01-02T11:00:00Z");
  const auto report = parse_listener_report(response.body);
  REQUIRE_MESSAGE(report.has_value(), report.error().message);
  CHECK(report->listeners == world.store.bound);
  CHECK(world.store.asked().span == Span{noon() - 2h, noon() - 1h});
}

TEST_CASE("a bad parameter is 400, on every route, and says which it is") {
  SmallWorld world;
  for (const auto& route : Routes::table()) {
    const Response response = world.get(std::string(route.path) + "?bogus=1");
    CAPTURE(route.path);
    CHECK(response.status == 400);
    CHECK(error_code(response) == "bad_parameter");
    CHECK(response.body.find("bogus") != std::string::npos);
  }
  CHECK(world.get("/v1/flows?cursor=tea").status == 400);
  CHECK(world.get("/v1/flows?limit=0").status == 400);
  CHECK(world.get("/v1/listeners?port=80").status == 400);
  CHECK(world.get("/v1/listeners?cursor=tea").status == 400);
}

TEST_CASE("a path that does not exist is 404") {
  SmallWorld world;
  for (const char* path : {"/", "/v1", "/v1/", "/v1/flows/", "/v2/flows", "/v1/Flows", "/../etc"}) {
    CAPTURE(path);
    CHECK(world.get(path).status == 404);
    CHECK(error_code(world.get(path)) == "not_found");
  }
}

TEST_CASE("a store that fails is 500, and no answer tells why") {
  SmallWorld world;
  world.store.broken = true;
  for (const char* path : {"/v1/host", "/v1/flows", "/v1/listeners"}) {
    const Response response = world.get(path);
    CAPTURE(path);
    CHECK(response.status == 500);
    CHECK(error_code(response) == "internal");
    CHECK(response.body.find("secret") == std::string::npos);
  }
}

TEST_CASE("health is 200 while the daemon looks, and 503 before and after") {
  SmallWorld world;
  const auto status = [&] {
    const Response response = world.get("/v1/health");
    return std::to_string(response.status) + " " +
           json::parse(response.body).at("status").get<std::string>();
  };
  CHECK(status() == "200 ok");
  world.health.degradations = {"UDP cannot be read"};
  CHECK(status() == "200 degraded");
  world.health.degradations.clear();
  world.health.last_fault = "/secret/path";
  CHECK(status() == "200 degraded");
  CHECK(world.get("/v1/health").body.find("secret") == std::string::npos);
  world.now = noon() + 15s;
  CHECK(status() == "200 degraded");
  world.now = noon() + 16s;
  CHECK(status() == "503 stalled");
  world.health.last_tick = Time{};
  CHECK(status() == "503 starting");
  CHECK(json::parse(world.get("/v1/health").body).at("last_tick").is_null());
}

TEST_CASE("health has what each process takes, and null for what is not known") {
  SmallWorld world;
  world.health.collector = Footprint{1500ms, {}};
  const json health = json::parse(world.get("/v1/health").body);
  const json& processes = health.at("processes");
  CHECK(processes.at("collector") == json{{"cpu_seconds", 1.5}, {"resident_bytes", nullptr}});
  CHECK(processes.at("server").is_null());
  CHECK(health.at("achieved_interval_ms").is_null());
  world.health.server = Footprint{1s, 4096};
  world.health.achieved_interval = 2s;
  const json later = json::parse(world.get("/v1/health").body);
  CHECK(later.at("processes").at("server").at("resident_bytes") == 4096);
  CHECK(later.at("achieved_interval_ms") == 2000);
}

TEST_CASE("what the store cannot keep is told as what the daemon cannot see") {
  SmallWorld world;
  world.health.degradations = {"UDP cannot be read"};
  world.store.unkept = {"the disk is full"};
  CHECK(parse_host_report(world.get("/v1/host").body)->host.degradations.back() ==
        "the disk is full");
  const json health = json::parse(world.get("/v1/health").body);
  CHECK(health.at("status") == "degraded");
  CHECK(health.at("degradations") == json{"UDP cannot be read", "the disk is full"});
  CHECK(world.get("/metrics").body.find("reason=\"the disk is full\"") != std::string::npos);
}

/// At the start, and for a moment where a server is replaced: it has not been told what the daemon
/// sees, nor what that cannot see.
TEST_CASE("before the first look nothing is told that only looks can tell") {
  SmallWorld world;
  world.health = {};
  for (const char* path : {"/v1/host", "/v1/flows", "/v1/listeners", "/metrics"}) {
    CAPTURE(path);
    const Response refused = world.get(path);
    CHECK(refused.status == 503);
    CHECK(json::parse(refused.body).at("error").at("code") == "starting");
    CHECK(refused.is_for_now);
  }
  CHECK(json::parse(world.get("/v1/health").body).at("status") == "starting");
  CHECK(world.get("/openapi.json").status == 200);
  world.health.ticks = 1;  // a look that failed is one, too
  CHECK(world.get("/metrics").status == 200);
  CHECK(parse_host_report(world.get("/v1/host").body)->host.degradations ==
        std::vector<std::string>{"no look has succeeded yet"});
}

TEST_CASE("the description has every route and every parameter, and no others") {
  const json document = json::parse(openapi_document);
  const json& paths = document.at("paths");
  CHECK(paths.size() == Routes::table().size());
  for (const auto& route : Routes::table()) {
    CAPTURE(route.path);
    REQUIRE(paths.contains(route.path));
    const json parameters =
        paths.at(std::string(route.path)).at("get").value("parameters", json::array());
    REQUIRE(parameters.size() == route.parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      CHECK(resolved(document, parameters[i]).at("name") == route.parameters[i].name);
    }
  }
  const json& limit = paths.at("/v1/flows").at("get").at("parameters").at(2).at("schema");
  CHECK(limit.at("default") == default_limit);
  CHECK(limit.at("maximum") == max_limit);
}

TEST_CASE("every field of a flow that may be null is described so, and none is left out") {
  SmallWorld world;
  world.store.page = {{some_flow()}, std::nullopt};
  const json flow = json::parse(world.get("/v1/flows").body).at("flows").at(0);
  const json schemas = json::parse(openapi_document).at("components").at("schemas");
  const json& described = schemas.at("Flow").at("properties");
  for (const char* name :
       {"attempts", "bytes_sent", "bytes_received", "rtt_us", "rtt_count", "retransmits"}) {
    CAPTURE(name);
    CHECK(flow.at(name).is_null());
    CHECK(described.at(name).value("nullable", false));
  }
  CHECK(schemas.at("Flow").at("required").size() == described.size());
}

TEST_CASE("what is answered has just the fields that the description names") {
  SmallWorld world;
  world.store.page = {{some_flow()}, std::nullopt};
  world.store.bound = {{.owner = some_flow().owner}};
  world.store.watched = {{{noon() - 1h, noon()}, 1s, 0}};
  const json schemas = json::parse(openapi_document).at("components").at("schemas");
  const auto names = [](const json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items()) keys.push_back(key);
    return keys;
  };
  const auto described = [&](const char* schema) {
    return names(schemas.at(schema).at("properties"));
  };
  const json flows = json::parse(world.get("/v1/flows?with=listeners,recent").body);
  CHECK(names(flows) == described("FlowReport"));
  CHECK(names(flows["host"]) == described("Host"));
  CHECK(names(flows["coverage"][0]) == described("Coverage"));
  CHECK(names(flows["flows"][0]) == described("Flow"));
  CHECK(names(flows["flows"][0]["process"]) == described("Process"));
  CHECK(names(flows["flows"][0]["connections"]) == described("Connections"));
  const json listeners = json::parse(world.get("/v1/listeners").body);
  CHECK(names(listeners) == described("ListenerReport"));
  CHECK(names(listeners["listeners"][0]) == described("Listener"));
  CHECK(names(json::parse(world.get("/v1/host").body)) == described("HostReport"));
  world.health.collector = world.health.server = Footprint{};
  const json health = json::parse(world.get("/v1/health").body);
  CHECK(names(health) == described("Health"));
  CHECK(names(health["processes"]) ==
        names(schemas.at("Health").at("properties").at("processes").at("properties")));
  CHECK(names(health["processes"]["server"]) == described("Footprint"));
  CHECK(names(health["refused"]) ==
        names(schemas.at("Health").at("properties").at("refused").at("properties")));
}

TEST_CASE("a stranger is told of health and metrics, and of nothing else") {
  SmallWorld world;
  world.store.page = {{some_flow()}, std::nullopt};
  for (const auto& route : Routes::table()) {
    CAPTURE(route.path);
    const bool is_open = route.path == "/v1/health" || route.path == "/metrics";
    const Response response = world.get(route.path, Standing::stranger);
    CHECK(response.status == (is_open ? 200 : 403));
    CHECK(response.body.find("10.0.0.") == std::string::npos);
    if (!is_open) CHECK(error_code(response) == "not_admitted");
  }
  CHECK(world.routes.refusals().count_of(Refusal::stranger) == 4);
  CHECK(world.get("/nowhere", Standing::stranger).status == 404);
  CHECK(world.get("/v1/flows?limit=x", Standing::stranger).status == 403);
}

TEST_CASE(
    "a certificate that has ended is told, and one that has not is none of the degradations") {
  SmallWorld world;
  const auto told = [](const Response& response) { return json::parse(response.body); };
  CHECK(told(world.get("/v1/health")).at("certificate_end").is_null());
  world.health.certificate_end = world.now.load() + Duration(1);
  CHECK(world.get("/metrics").body.find("\nttracerd_certificate_end_time_seconds ") !=
        std::string::npos);
  CHECK(told(world.get("/v1/health")).at("degradations").empty());
  world.health.certificate_end = world.now;
  const std::string said =
      "the certificate has ended at " + print_time(world.now) + ", so nobody can ask by TLS";
  CHECK(told(world.get("/v1/health")).at("degradations").at(0) == said);
  CHECK(told(world.get("/v1/host")).at("host").at("degradations").at(0) == said);
}
