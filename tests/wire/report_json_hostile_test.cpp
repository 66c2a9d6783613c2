// What a stranger may answer. Each is a report that is good but for one thing.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/hostile_text.h"
#include "wire/json_value.h"
#include "wire/report_json.h"

using namespace ttq;

namespace {

const std::string good = R"({
  "host": {"id": "x", "instance": "i", "name": "web1", "addresses": ["10.0.0.10"],
           "version": "0.1.0", "probe": "netlink", "degradations": [],
           "now": "2026-01-02T03:04:05Z"},
  "since": "2026-01-02T03:04:00Z", "until": "2026-01-02T03:05:00Z",
  "coverage": [{"since": "2026-01-02T03:04:00Z", "until": "2026-01-02T03:05:00Z",
                "interval_ms": 1000, "dropped": 0}],
  "flows": [{"proto": "tcp", "role": "active", "listen": {"address": "10.0.0.10", "port": 80},
             "client": "10.0.0.11", "peer": "10.0.0.10", "netns": 1,
             "process": {"id": "7.7.7", "name": "wrk", "pgid": 7, "groups": 1,
                         "exe": "/bin/wrk", "uid": 0, "unit": null, "container": null},
             "unknown_owner": null,
             "connections": {"now": 1, "max": 1, "opened": 1, "closed": 0, "failed": 0,
                             "pending": 0},
             "attempts": 3, "bytes_sent": 10, "bytes_received": 20, "rtt_us": 250,
             "rtt_count": 2, "retransmits": 0,
             "first_seen": "2026-01-02T03:04:00Z", "last_seen": "2026-01-02T03:04:00Z",
             "evidence": "port"}],
  "next": null})";

/// `good` with its first `from` turned into `to`.
std::string with(std::string_view from, std::string_view to) {
  std::string text = good;
  const auto found = text.find(from);
  REQUIRE_MESSAGE(found != std::string::npos, from);
  return text.replace(found, from.size(), to);
}

std::string complaint(const std::string& text) {
  const auto report = parse_flow_report(text);
  return report ? "none" : report.error().message;
}

}  // namespace

TEST_CASE("the report that the others are made from is good") {
  CHECK(complaint(good) == "none");
  CHECK(parse_flow_report(good)->flows[0].owner.key() == ProcessKey{7, 7, 7});
}

TEST_CASE("where the bytes are not known, none of the traffic is") {
  for (const char* unknown : {R"("bytes_sent": null)", R"("sent": 10)"}) {
    const auto report = parse_flow_report(with(R"("bytes_sent": 10)", unknown));
    REQUIRE_MESSAGE(report.has_value(), report.error().message);
    CHECK_FALSE(report->flows[0].traffic.has_value());
  }
}

TEST_CASE("what is wrong is named by the field") {
  struct Row {
    std::string from, to, complaint;
  };
  const Row rows[] = {
      {R"("port": 80)", R"("port": 65536)",
       "flows[0].listen.port: not a whole number from 0 to 65535"},
      {R"("port": 80)", R"("port": -1)", "flows[0].listen.port: not a whole number"},
      {R"("port": 80)", R"("port": "80")", "flows[0].listen.port: not a whole number"},
      {R"("port": 80)", R"("port": 80.5)", "flows[0].listen.port: not a whole number"},
      {R"("port": 80)", R"("p": 80)", "flows[0].listen.port: missing"},
      {R"({"address": "10.0.0.10", "port": 80})", "80", "flows[0].listen: not an object"},
      {R"({"address": "10.0.0.10", "port": 80})", "null", "flows[0].listen: not an object"},
      {R"({"address": "10.0.0.10")", R"({"address": "web1")",
       "flows[0].listen.address: not an IP address"},
      {R"(["10.0.0.10"])", R"(["10.0.0.10", 7])", "host.addresses[1]: not a string"},
      {R"(["10.0.0.10"])", R"({})", "host.addresses: not an array"},
      {R"("name": "web1")", R"("name": null)", "host.name: not a string"},
      {R"("now": "2026-01-02T03:04:05Z")", R"("now": "noon")", "host.now: not a time"},
      {R"("now": "2026-01-02T03:04:05Z")", R"("now": 5)", "host.now: not a string"},
      {R"("until": "2026-01-02T03:05:00Z")", R"("until": "2026-01-02T03:03:00Z")",
       "until: before since"},
      {R"("interval_ms": 1000)", R"("interval_ms": 1e300)",
       "coverage[0].interval_ms: not a whole number"},
      {R"("interval_ms": 1000)", R"("interval_ms": 18446744073709551616)",
       "coverage[0].interval_ms: not a whole number"},
      {R"("opened": 1)", R"("opened": -1)", "flows[0].connections.opened: not a whole number"},
      {R"("opened": 1)", R"("opened": 9007199254740993)",
       "flows[0].connections.opened: not a whole number"},
      {R"("opened": 1, )", "", "flows[0].connections.opened: missing"},
      {R"("bytes_sent": 10)", R"("bytes_sent": "10")", "flows[0].bytes_sent: not a whole number"},
      {R"("bytes_sent": 10)", R"("bytes_sent": -10)", "flows[0].bytes_sent: not a whole number"},
      {R"("bytes_sent": 10)", R"("bytes_sent": 9223372036854775809)",
       "flows[0].bytes_sent: not a whole number"},
      {R"("bytes_received": 20, )", "", "flows[0].bytes_received: missing"},
      {R"("bytes_received": 20)", R"("bytes_received": null)",
       "flows[0].bytes_received: not a whole number"},
      {R"("attempts": 3)", R"("attempts": [])", "flows[0].attempts: not a whole number"},
      {R"("retransmits": 0)", R"("retransmits": 0.5)", "flows[0].retransmits: not a whole number"},
      {R"("rtt_count": 2)", R"("rtt_count": {})", "flows[0].rtt_count: not a whole number"},
      {R"("rtt_us": 250)", R"("rtt_us": null)", "flows[0].rtt_us: not a whole number"},
      {R"("rtt_us": 250)", R"("rtt_us": 4503599627370497)",
       "flows[0].rtt_us: too long for so many readings"},
      {R"("dropped": 0)", R"("dropped": 0, "events_lost": -1)",
       "coverage[0].events_lost: not a whole number"},
      {R"("proto": "tcp")", R"("proto": "sctp")", "flows[0].proto: not one of the words"},
      {R"("role": "active")", R"("role": "both")", "flows[0].role: not one of the words"},
      {R"("evidence": "port")", R"("evidence": "oath")", "flows[0].evidence: not one of the words"},
      {R"("evidence": "port")", R"("evidence": {})", "flows[0].evidence: not a string"},
      {R"("pgid": 7)", R"("pgid": 0)", "flows[0].process.pgid: not a whole number from 1"},
      {R"("pgid": 7)", R"("pgid": 4294967296)", "flows[0].process.pgid: not a whole number"},
      {R"("pgid": 7, )", "", "flows[0].process.pgid: missing"},
      {R"("groups": 1)", R"("groups": 0)", "flows[0].process.groups: not a whole number"},
      {R"("unknown_owner": null)", R"("unknown_owner": "exited")",
       "flows[0].unknown_owner: not null beside a process"},
      {R"("process": {)", R"("process": null, "was": {)", "flows[0].unknown_owner: not a string"},
      {R"("process": {)", R"("was": {)", "flows[0].process: missing"},
      {R"("next": null)", R"("next": 5)", "next: not a string"},
      {R"("next": null)", R"("nxt": null)", "next: missing"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.to);
    CHECK(complaint(with(row.from, row.to)).substr(0, row.complaint.size()) == row.complaint);
  }
}

TEST_CASE("what is no JSON object is refused") {
  for (const char* text : {"", " ", "{", "garbage", "<html></html>", "{\"host\": \"\xFF\"}", "nul",
                           "{\"host\": {}} x", "\"\\", "{\"a\":01}"}) {
    CAPTURE(text);
    CHECK(complaint(text) == "not JSON");
  }
  for (const char* text : {"[]", "5", "null", "\"x\""}) {
    CAPTURE(text);
    CHECK(complaint(text) == "the document: not an object");
  }
  CHECK(complaint("{}") == "host: missing");
}

TEST_CASE("nesting is limited, however it is spelled and wherever it stands") {
  const std::string deep = std::string(1'000'000, '[');
  CHECK(complaint(deep) == "nested more than 32 deep");
  CHECK(complaint(with("\"next\": null", "\"next\": " + deep)) == "nested more than 32 deep");
  const std::string closed = std::string(40, '[') + std::string(40, ']');
  CHECK(complaint(with("\"next\": null", "\"next\": null, \"x\": " + closed)) ==
        "nested more than 32 deep");
  const std::string shallow = std::string(31, '[') + std::string(31, ']');
  CHECK(complaint(with("\"next\": null", "\"next\": null, \"x\": " + shallow)) == "none");
  // Brackets in a string do not nest.
  CHECK(complaint(with("\"web1\"", "\"\\\"" + std::string(100, '[') + "\"")) == "none");
}

TEST_CASE("the length of strings is limited, of names of members too") {
  const std::string longest(4096, 'x');
  CHECK(complaint(with("web1", longest)) == "none");
  CHECK(complaint(with("web1", longest + "x")) == "a string is longer than 4096 bytes");
  CHECK(complaint(with("\"instance\"", "\"" + longest + "x\": 1, \"instance\"")) ==
        "a string is longer than 4096 bytes");
}

TEST_CASE("trap 29: what turns the terminal or the reader's eye is cleaned from strings") {
  const auto report = parse_flow_report(with("web1", R"(a\u001b[2Jb\u202ec\u0000d)"));
  REQUIRE_MESSAGE(report.has_value(), report.error().message);
  CHECK(report->host.name ==
        "a\xEF\xBF\xBD[2Jb\xEF\xBF\xBD"
        "c\xEF\xBF\xBD"
        "d");
}

TEST_CASE("trap 29: a complaint that names a member does so without its hostile characters") {
  // The name of a member is the host's too, and a complaint goes to the terminal.
  auto document = parse_json(R"({"x\u001b[2J\u202ey": 5})");
  REQUIRE(document.has_value());
  const JsonValue root(*document);
  (void)root["x\x1b[2J\u202Ey"].text();
  CHECK(document->complaint->message == "x\uFFFD[2J\uFFFDy: not a string");
}

TEST_CASE("trap 29: whatever a host is called, what is read of it is clean") {
  for (const std::string& name : test::hostile_names()) {
    CAPTURE(name);
    std::string spelled =
        nlohmann::json(name).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    spelled = spelled.substr(1, spelled.size() - 2);
    for (const char* field : {"web1", "wrk", "/bin/wrk", "0.1.0", "netlink"}) {
      const auto report = parse_flow_report(with(field, spelled));
      REQUIRE_MESSAGE(report.has_value(), report.error().message);
      const Process& process = *report->flows[0].owner.process;
      for (const std::string& text : {report->host.name, report->host.id, report->host.probe,
                                      report->host.version, process.name, *process.exe}) {
        CHECK(test::hostile_in(text) == "");
      }
    }
  }
}

TEST_CASE("of members with one name the first counts") {
  CHECK(parse_flow_report(with(R"("name": "web1")", R"("name": "web1", "name": "web2")"))
            ->host.name == "web1");
}

TEST_CASE("names of processes are cut as they are where they are taken from the system") {
  const std::string longest(4096, 'x');
  const auto report = parse_flow_report(with("/bin/wrk", longest));
  REQUIRE(report.has_value());
  CHECK(report->flows[0].owner.process->exe->size() == 255);
}

TEST_CASE("lists that no honest host has are refused") {
  const auto repeated = [](const std::string& element, std::size_t times) {
    std::string list = "[" + element;
    while (--times > 0) list += "," + element;
    return list + "]";
  };
  const auto addresses = [&](std::size_t n) {
    return complaint(with(R"(["10.0.0.10"])", repeated(R"("10.0.0.10")", n)));
  };
  CHECK(addresses(16'384) == "none");
  CHECK(addresses(16'385) == "host.addresses: longer than 16384");
  const auto degradations = [&](std::size_t n) {
    return complaint(with(R"("degradations": [])", R"("degradations": )" + repeated(R"("x")", n)));
  };
  CHECK(degradations(64) == "none");
  CHECK(degradations(65) == "host.degradations: longer than 64");
}

TEST_CASE("an id in a spelling that we do not know still tells processes apart") {
  const auto key_with = [](std::string_view id) {
    return parse_flow_report(with("7.7.7", id))->flows[0].key.process;
  };
  CHECK(key_with("abc") == key_with("abc"));
  CHECK_FALSE(key_with("abc") == key_with("abd"));
  CHECK_FALSE(key_with("-7.7.7") == key_with("7.7.7"));
  CHECK(key_with("abc").pgid == 7);
}

TEST_CASE("a report cut off anywhere is refused, and none of its bytes can make us crash") {
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK_FALSE(parse_flow_report(good.substr(0, length)).has_value());
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char byte : {'\0', '"', '[', '}', '9', '\xFF'}) {
      std::string changed = good;
      changed[at] = byte;
      const auto report = parse_flow_report(changed);
      if (!report) CHECK_FALSE(report.error().message.empty());
    }
  }
}
