// The program against a target that means harm, on a UNIX socket; on the way to others it is met in
// the lab (hostile_peer_test.cpp).
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>

#include "run_program.h"
#include "support/hostile_text.h"
#include "support/scripted_server.h"
#include "wire/report_json.h"

using namespace ttq;
using namespace ttq::test;

namespace {

std::string socket_path() { return "/tmp/ttq-hostile-target." + std::to_string(getpid()); }

Time now() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

/// A host of that name, one process of which connects to these addresses.
std::string report(const std::string& name, const std::vector<std::string>& called,
                   std::uint16_t port) {
  const auto own = Address::parse("10.0.0.2").value();
  const Span hour{now() - std::chrono::hours(1), now()};
  FlowReport report{.host = {.id = name, .name = name, .addresses = {own}, .now = now()},
                    .span = hour,
                    .coverage = {{.span = hour}},
                    .listeners = std::vector<Listener>()};
  report.host.version = report.host.probe = report.host.probe_reason = name;
  report.host.degradations = {name};
  const Process process{.key = {7, 7, 7}, .name = name, .pgid = 7, .exe = name, .unit = name};
  for (const std::string& address : called) {
    const Endpoint listen{Protocol::tcp, Address::parse(address).value(), port};
    report.flows.push_back({.key = {listen, own, Role::active, 1, process.key},
                            .owner = Owner::of(process),
                            .connections = {.now = 1, .max = 1},
                            .first_seen = hour.since,
                            .last_seen = hour.until});
  }
  return to_json(report);
}

std::string blanks(std::size_t megabytes) { return std::string(megabytes * 1'000'000, ' '); }

/// What ttq says to a target that answers everything with this.
Outcome ask(const Script& script, const std::string& arguments) {
  const ScriptedServer target([&](const std::string&) { return script; }, socket_path());
  return run("deps --socket " + socket_path() + " --timeout 5s " + arguments);
}

}  // namespace

TEST_CASE("a target whose answer cannot be used is status 5, and one line that says why") {
  const ScriptedServer recorder([](const std::string&) { return Script{}; });
  const std::string there = "http://127.0.0.1:" + std::to_string(recorder.address().port) + "/";
  const Script scripts[] = {
      {"HTTP/1.1 302 Found\r\nLocation: " + there + "\r\nContent-Length: 0\r\n\r\n"},
      http_ok(blanks(20)),
      http_ok(blanks(100), Coding::gzip),
      http_ok(std::string(1'000'000, '[')),
      http_ok("{\"host\": {\"id\": \"\x9b\"}}"),
      http_ok("{}"),
      {"SSH-2.0-\x1b[2J\r\n"},
  };
  for (const Script& script : scripts) {
    CAPTURE(script.bytes.substr(0, 60));
    const Outcome outcome = ask(script, "2>&1");
    CHECK(outcome.status == 5);
    CHECK(std::count(outcome.text.begin(), outcome.text.end(), '\n') == 1);
    CHECK(hostile_in(outcome.text, "\n") == "");
  }
  CHECK(recorder.connections() == 0);
}

TEST_CASE("a target that drips bytes is left in time, and could not be asked: status 1") {
  const Script drip{http_ok(report("x", {}, 80)).bytes, std::chrono::milliseconds(50)};
  CHECK(ask(drip, "--host-timeout 300ms 2>&1").status == 1);
}

TEST_CASE(
    "loopback and metadata in a target's answer lead nobody there: status 4, and it is said") {
  const ScriptedServer recorder([](const std::string&) { return Script{}; });
  const std::string port = std::to_string(recorder.address().port);
  const auto called = {"127.0.0.1", "127.0.0.2",       "0.0.0.0",       "169.254.169.254",
                       "::1",       "100.100.100.200", "fd00:ec2::254", "64:ff9b::7f00:1"};
  const Script script =
      http_ok(report("liar", {called.begin(), called.end()}, recorder.address().port));
  const Outcome outcome = ask(script, "--allow any -o json --peer-port " + port);
  CHECK(outcome.status == 4);
  CHECK(outcome.text.find("\"not_asked\":\"forbidden\"") != std::string::npos);
  CHECK(outcome.text.find("\"not_allowed\"") != std::string::npos);
  CHECK(recorder.connections() == 0);
}

TEST_CASE("trap 29: escape codes in every string of a report reach no terminal") {
  for (const std::string& name : hostile_names()) {
    CAPTURE(name);
    const Script script = http_ok(report(name, {"169.254.1.1"}, 80));
    for (const std::string form : {"tree", "classic", "json", "dot"}) {
      const Outcome outcome = ask(script, "-o " + form + " 2>&1");
      CHECK(outcome.status == 4);
      CHECK(hostile_in(outcome.text, "\n") == "");
    }
  }
}
