// What is printed by hand must be, byte for byte, what nlohmann's tree prints.
#include "wire/flow_json.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "base/text.h"
#include "wire/report_json.h"

using namespace ttq;

namespace {

using Json = nlohmann::ordered_json;
using Random = std::mt19937_64;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string id_of(const ProcessKey& key) {
  char text[64];
  std::snprintf(text, sizeof text, "%d.%d.%llx", key.pgid, key.pid,
                static_cast<unsigned long long>(key.mark));
  return text;
}

Json tree_of(const Process& p) {
  return {{"id", id_of(p.key)},      {"name", p.name},
          {"pgid", or_null(p.pgid)}, {"groups", p.groups},
          {"exe", or_null(p.exe)},   {"uid", or_null(p.uid)},
          {"unit", or_null(p.unit)}, {"container", or_null(p.container)}};
}

/// All null without traffic, and the attempts of a passive flow in any case.
Json tree_of(const std::optional<Traffic>& traffic, Role role) {
  const Traffic t = traffic.value_or(Traffic{});
  const auto known = [&](std::uint64_t count) { return traffic ? Json(count) : Json(nullptr); };
  const auto mean = std::llround(static_cast<double>(t.rtt_us_sum) /
                                 static_cast<double>(std::max<std::uint64_t>(t.rtt_count, 1)));
  return {{"attempts", role == Role::active ? known(t.attempts) : Json(nullptr)},
          {"bytes_sent", known(t.bytes_sent)},
          {"bytes_received", known(t.bytes_received)},
          {"rtt_us", t.rtt_count > 0 ? Json(mean) : Json(nullptr)},
          {"rtt_count", known(t.rtt_count)},
          {"retransmits", known(t.retransmits)}};
}

std::string by_nlohmann(const Flow& flow) {
  const Connections& c = flow.connections;
  Json json{
      {"proto", print_protocol(flow.key.listen.proto)},
      {"role", print_role(flow.key.role)},
      {"listen", {{"address", flow.key.listen.address.print()}, {"port", flow.key.listen.port}}},
      {"client", flow.key.client.print()},
      {"peer", flow.key.peer().print()},
      {"netns", flow.key.netns},
      {"process", flow.owner.process ? tree_of(*flow.owner.process) : Json(nullptr)},
      {"unknown_owner",
       flow.owner.unknown ? Json(print_unknown_owner(*flow.owner.unknown)) : Json(nullptr)},
      {"connections",
       {{"now", c.now},
        {"max", c.max},
        {"opened", c.opened},
        {"closed", c.closed},
        {"failed", c.failed},
        {"pending", c.pending}}}};
  json.update(tree_of(flow.traffic, flow.key.role));
  json.update({{"first_seen", print_time(flow.first_seen)},
               {"last_seen", print_time(flow.last_seen)},
               {"evidence", print_evidence(flow.evidence)}});
  // Hostile characters are escaped; those of any_text() are not over U+FFFF.
  return escape_hostile(json.dump(-1, ' ', false, Json::error_handler_t::replace),
                        [](std::uint32_t point) {
                          char escape[16];
                          std::snprintf(escape, sizeof escape, "\\u%04x", point);
                          return std::string(escape);
                        });
}

Address any_address(Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % 3 == 0 ? 0 : random());
  if (random() % 4 == 0) return Address::v6(bytes);
  return Address::v4(std::span(bytes).first<4>());
}

/// Now and then with quotes, control characters, and bytes that are no UTF-8.
std::string any_text(Random& random) {
  std::string text;
  const auto most = random() % 4 == 0 ? 256U : 96U;
  for (auto n = random() % 20; n > 0; --n) {
    text += static_cast<char>(most == 256 ? random() : ' ' + random() % 95);
  }
  return random() % 8 == 0 ? "caf\xC3\xA9 " + text : text;
}

Owner any_owner(Random& random) {
  if (random() % 5 == 0) return Owner::nobody(static_cast<UnknownOwner>(1 + random() % 5));
  const auto some = [&] { return random() % 3 != 0; };
  Process p{.key = {static_cast<std::int32_t>(random() % 9), 7, random()},
            .name = any_text(random)};
  if (some()) p.pgid = static_cast<std::int32_t>(random());
  p.groups = static_cast<std::uint32_t>(random());
  if (some()) p.exe = any_text(random);
  if (some()) p.uid = static_cast<std::uint32_t>(random());
  if (some()) p.unit = any_text(random);
  if (some()) p.container = any_text(random);
  return Owner::of(p);
}

/// Much of it is as in the flow before, as it is in an answer.
Flow any_flow(Random& random, Flow flow) {
  const auto changes = [&] { return random() % 2 == 0; };
  const auto any_time = [&] { return Time(Duration(random() % 253'402'300'799'999)); };
  if (changes()) flow.owner = any_owner(random);
  flow.key = {.listen = {changes() ? Protocol::tcp : Protocol::udp, any_address(random),
                         static_cast<std::uint16_t>(random())},
              .client = any_address(random),
              .role = changes() ? Role::active : Role::passive,
              .netns = random(),
              .process = flow.owner.key()};
  flow.connections = {random(), random() % 10, 0, 10, random(), 1};
  flow.traffic = std::nullopt;
  if (changes()) {
    flow.traffic = {random(), random(), random() % 9, random(), random() % 9999, random() % 9};
  }
  if (changes()) flow.first_seen = any_time();
  if (changes()) flow.last_seen = any_time();
  flow.evidence = static_cast<Evidence>(1 + random() % 5);
  return flow;
}

}  // namespace

TEST_CASE("flows printed by hand are byte for byte what nlohmann prints") {
  Random random(1);
  FlowJson json;
  Flow flow{.owner = Owner::nobody(UnknownOwner::exited)};
  for (int round = 0; round < 3000; ++round) {
    flow = any_flow(random, flow);
    std::string text;
    json.append(text, flow);
    REQUIRE(text == by_nlohmann(flow));
  }
}

TEST_CASE("the mean of round-trip times is rounded, without overflowing") {
  const auto mean = [](std::uint64_t sum, std::uint64_t count) {
    Flow flow{.owner = Owner::nobody(UnknownOwner::exited),
              .traffic = Traffic{.rtt_us_sum = sum, .rtt_count = count}};
    std::string text;
    FlowJson().append(text, flow);
    return Json::parse(text).at("rtt_us");
  };
  constexpr std::uint64_t most = ~std::uint64_t{0};
  CHECK(mean(5, 0) == Json(nullptr));
  CHECK(mean(0, 3) == Json(0));
  CHECK(mean(4, 3) == Json(1));
  CHECK(mean(5, 3) == Json(2));
  CHECK(mean(3, 2) == Json(2));
  CHECK(mean(most, 1) == Json(most));
  CHECK(mean(most - 1, most) == Json(1));
}

TEST_CASE("a report in pieces is the report") {
  Random random(2);
  FlowReport report;
  for (int n = 0; n < 20; ++n) {
    report.flows.push_back(any_flow(random, {.owner = Owner::nobody(UnknownOwner::kernel)}));
  }
  report.next = "c0ffee";
  FlowReportWriter writer;
  std::string text = writer.begin(report);
  for (const Flow& flow : report.flows) writer.add(text, flow);
  text += writer.end(report.next);
  CHECK(text == to_json(report));
  CHECK(Json::parse(text).at("flows").size() == 20);
  CHECK(Json::parse(text).at("next") == "c0ffee");
}
