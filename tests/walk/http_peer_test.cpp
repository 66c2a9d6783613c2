#include "walk/http_peer.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "support/scripted_server.h"
#include "wire/report_json.h"

using namespace ttq;
using namespace ttq::test;
using namespace std::chrono_literals;

namespace {

constexpr Span an_hour{Time(1'767'319'445s), Time(1'767'323'045s)};

Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

Host web() {
  return {.id = "web-id",
          .instance = "1",
          .name = "web",
          .addresses = {Address::parse("10.0.0.1").value()},
          .version = "0.1.0",
          .probe = "netlink",
          .now = an_hour.until};
}

std::string host_report() { return to_json(HostReport{.host = web()}); }

Flow some_flow(std::uint16_t port) {
  const auto address = Address::parse("10.0.0.1").value();
  Process process{.key = {7, 7, 7}, .name = "nginx", .pgid = 7};
  return {.key = {{Protocol::tcp, address, port}, address, Role::passive, 1, process.key},
          .owner = Owner::of(process)};
}

/// What the peer says of a server that answers everything with this.
PeerFailure failure_of(const Script& script, std::chrono::milliseconds time = 5s) {
  ScriptedServer server([&](const std::string&) { return script; });
  HttpPeer peer;
  const auto answer = peer.host(server.address(), in(time));
  const auto* failure = std::get_if<PeerFailure>(&answer);
  return failure ? *failure : PeerFailure{HostState::ok, ""};
}

}  // namespace

TEST_CASE("a host says who it is") {
  ScriptedServer server([](const std::string&) { return http_ok(host_report()); });
  HttpPeer peer;
  const auto answer = peer.host(server.address(), in(5s));
  REQUIRE(std::holds_alternative<HostReport>(answer));
  CHECK(std::get<HostReport>(answer).host == web());
  CHECK(server.requests() == std::vector<std::string>{"/v1/host"});
}

TEST_CASE("a UNIX socket is asked like a port") {
  const std::string path = "/tmp/ttq-http-peer-test." + std::to_string(getpid());
  ScriptedServer server([](const std::string&) { return http_ok(host_report()); }, path);
  HttpPeer peer;
  CHECK(std::holds_alternative<HostReport>(peer.host(server.address(), in(5s))));
}

TEST_CASE("pages are followed on one connection, and the cursor is spelled for a URL") {
  ScriptedServer server([](const std::string& target) {
    const bool first = target.find("cursor") == std::string::npos;
    FlowReport page{.host = web(), .span = an_hour, .flows = {some_flow(first ? 80 : 81)}};
    if (first) page.next = "a/b&c=%";
    return http_ok(to_json(page));
  });
  HttpPeer peer;
  const auto answer = peer.flows(server.address(), an_hour, in(5s));
  REQUIRE(std::holds_alternative<FlowReport>(answer));
  const auto& report = std::get<FlowReport>(answer);
  CHECK(report.flows.size() == 2);
  CHECK_FALSE(report.next);
  CHECK(server.connections() == 1);
  const std::string first =
      "/v1/flows?since=2026-01-02T02:04:05Z&until=2026-01-02T03:04:05Z&limit=5000";
  CHECK(server.requests() == std::vector<std::string>{first, first + "&cursor=a%2Fb%26c%3D%25"});
}

TEST_CASE("pages without end are not followed for ever") {
  ScriptedServer server([](const std::string&) {
    return http_ok(to_json(FlowReport{.host = web(), .span = an_hour, .next = "more"}));
  });
  HttpPeer peer;
  const auto answer = peer.flows(server.address(), an_hour, in(20s));
  REQUIRE(std::holds_alternative<PeerFailure>(answer));
  CHECK(std::get<PeerFailure>(answer).message == "its pages do not end");
}

TEST_CASE("listeners are asked for in the span") {
  ScriptedServer server([](const std::string&) {
    return http_ok(to_json(ListenerReport{.host = web(), .span = an_hour}));
  });
  HttpPeer peer;
  CHECK(std::holds_alternative<ListenerReport>(peer.listeners(server.address(), an_hour, in(5s))));
}

TEST_CASE("nobody there is unreachable") {
  PeerAddress address;
  {
    address = ScriptedServer([](const std::string&) { return Script{}; }).address();
  }
  HttpPeer peer;
  const auto answer = peer.host(address, in(5s));
  REQUIRE(std::holds_alternative<PeerFailure>(answer));
  CHECK(std::get<PeerFailure>(answer).state == HostState::unreachable);
  CHECK(std::get<PeerFailure>(answer).message == "Connection refused");

  const auto none = peer.host({.unix_path = "/nowhere/at/all.sock"}, in(5s));
  REQUIRE(std::holds_alternative<PeerFailure>(none));
  CHECK(std::get<PeerFailure>(none).state == HostState::unreachable);
  const auto too_long = peer.host({.unix_path = "/" + std::string(300, 'x')}, in(5s));
  CHECK(std::get<PeerFailure>(too_long).state == HostState::unreachable);
}

TEST_CASE("a server that hangs is left at the deadline") {
  CHECK(failure_of({.stays_silent = true}, 200ms).state == HostState::timeout);
}

TEST_CASE("a tarpit that drips bytes ends by the deadline, not by each read's") {
  const auto began = std::chrono::steady_clock::now();
  const Script drip{http_ok(host_report()).bytes, 50ms};
  CHECK(failure_of(drip, 300ms).state == HostState::timeout);
  CHECK(std::chrono::steady_clock::now() - began < 3s);
}

TEST_CASE("garbage is no report") {
  CHECK(failure_of({"SSH-2.0-OpenSSH_9.2\r\n"}).state == HostState::untrusted);
  CHECK(failure_of({std::string(1000, '\0')}).state == HostState::untrusted);
  CHECK(failure_of(http_ok("<html>")).state == HostState::untrusted);
  CHECK(failure_of(http_ok("{}")).state == HostState::untrusted);
  CHECK(failure_of(http_ok(std::string(100'000, '['))).state == HostState::untrusted);
  CHECK(failure_of({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"}, 300ms).state ==
        HostState::timeout);
}

TEST_CASE("a status line without end does not reach the library's regex") {
  const std::string line = "HTTP/1.1 200 " + std::string(2'000'000, 'x') + "\r\n\r\n";
  CHECK(failure_of({line}).message == "the answer is not HTTP");
  CHECK(failure_of({"HTTP/1.1 100 Continue\r\n\r\n" + line}).message == "the answer is not HTTP");
  std::string headers = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 10'000; ++i) headers += "X-" + std::to_string(i) + ": y\r\n";
  CHECK(failure_of({headers}).message == "the answer is not HTTP");
}

TEST_CASE("ten megabytes are more than we are willing to read") {
  const PeerFailure failure = failure_of(http_ok(std::string(10'000'000, ' ')));
  CHECK(failure.state == HostState::untrusted);
  CHECK(failure.message == "the answer is over 8 MiB");
  std::string chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 10; ++i) chunks += "f4240\r\n" + std::string(1'000'000, ' ') + "\r\n";
  CHECK(failure_of({chunks + "0\r\n\r\n"}).message == "the answer is over 8 MiB");
}

TEST_CASE("a redirect is not followed") {
  const auto failure = failure_of(
      {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"});
  CHECK(failure.state == HostState::untrusted);
  CHECK(failure.message == "HTTP 302 in place of a report");
}

TEST_CASE("who may not ask is told so") {
  CHECK(failure_of({"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"}).state ==
        HostState::denied);
  CHECK(failure_of({"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"}).state ==
        HostState::denied);
}

TEST_CASE("a connection that closes without a word is no answer") {
  CHECK(failure_of({""}).state == HostState::unreachable);
}
