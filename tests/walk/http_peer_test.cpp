#include "walk/http_peer.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <list>
#include <map>

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

std::string report() {
  return to_json(FlowReport{.host = web(), .span = an_hour, .listeners = std::vector<Listener>()});
}

Flow some_flow(std::uint16_t port) {
  const auto address = Address::parse("10.0.0.1").value();
  Process process{.key = {7, 7, 7}, .name = "nginx", .pgid = 7};
  return {.key = {{Protocol::tcp, address, port}, address, Role::passive, 1, process.key},
          .owner = Owner::of(process)};
}

/// Asks what it is given, and keeps what it hears, by the port or path that was asked.
class Ear : public Asker {
 public:
  explicit Ear(std::chrono::milliseconds time) : time_(time) {}

  Answer<Deadline> begin(PeerQuestion& /*question*/) override { return in(time_); }
  std::vector<PeerQuestion> hear(const PeerQuestion& question, Told told) override {
    heard[question.at] = std::move(told);
    return {};
  }

  std::map<PeerAddress, Told> heard;

 private:
  std::chrono::milliseconds time_;
};

PeerQuestion an_hour_of(const PeerAddress& at) {
  return {.at = at, .ages = {1h, 0s, std::chrono::steady_clock::now()}};
}

Told ask(const PeerQuestion& question, std::chrono::milliseconds time = 5s) {
  Ear asker(time);
  HttpPeer().ask({question}, 64, asker);
  REQUIRE(asker.heard.size() == 1);
  return asker.heard.begin()->second;
}

/// What the peer says of a server that answers everything with this.
PeerFailure failure_of(const Script& script, std::chrono::milliseconds time = 5s) {
  ScriptedServer server([&](const std::string&) { return script; });
  return ask(an_hour_of(server.address()), time).failure.value_or(PeerFailure{HostState::ok, ""});
}

}  // namespace

TEST_CASE("one request on one connection tells who a host is, and all that it saw") {
  ScriptedServer server([](const std::string&) { return http_ok(report()); });
  const Told told = ask(an_hour_of(server.address()));
  CHECK_FALSE(told.failure);
  REQUIRE(told.report);
  CHECK(told.report->host == web());
  CHECK(told.asked <= told.answered);
  CHECK(server.connections() == 1);
  REQUIRE(server.requests().size() == 1);
  const std::string path = server.requests().front();
  CHECK(path.starts_with("/v1/flows?since=-1h"));
  CHECK(path.ends_with("&limit=4000&with=listeners,recent"));
}

TEST_CASE("an age grows until it is sent, and what narrows is sent along") {
  ScriptedServer server([](const std::string&) { return http_ok(report()); });
  PeerQuestion question = an_hour_of(server.address());
  question.ages.as_of -= 30min;
  question.peer = Address::parse("fd00::1");
  question.unless = "a7&c";
  ask(question);
  const std::string path = server.requests().front();
  CHECK(path.starts_with("/v1/flows?since=-1h30m"));
  CHECK(path.find("&until=-30m") != std::string::npos);
  CHECK(path.ends_with("&peer=fd00%3A%3A1&unless=a7%26c"));
}

TEST_CASE("a UNIX socket is asked like a port") {
  const std::string path = "/tmp/ttq-http-peer-test." + std::to_string(getpid());
  ScriptedServer server([](const std::string&) { return http_ok(report()); }, path);
  CHECK(ask(an_hour_of(server.address())).report);
}

TEST_CASE("pages are followed on one connection, in the span of the first") {
  ScriptedServer server([](const std::string& target) {
    const bool first = target.find("cursor") == std::string::npos;
    FlowReport page{.host = web(), .span = an_hour, .flows = {some_flow(first ? 80 : 81)}};
    if (first) page.next = "a/b&c=%";
    return http_ok(to_json(page));
  });
  const Told told = ask(an_hour_of(server.address()));
  REQUIRE(told.report);
  CHECK(told.report->flows.size() == 2);
  CHECK_FALSE(told.report->next);
  CHECK(server.connections() == 1);
  REQUIRE(server.requests().size() == 2);
  CHECK(server.requests()[1] ==
        "/v1/flows?since=2026-01-02T02:04:05Z&until=2026-01-02T03:04:05Z&limit=4000"
        "&cursor=a%2Fb%26c%3D%25");
}

TEST_CASE("pages without end are not followed for ever") {
  ScriptedServer server([](const std::string&) {
    return http_ok(to_json(FlowReport{.host = web(), .span = an_hour, .next = "more"}));
  });
  const Told told = ask(an_hour_of(server.address()), 20s);
  REQUIRE(told.failure);
  CHECK(told.failure->message == "its pages do not end");
  CHECK(told.report->host == web());
}

TEST_CASE("who hangs after the first page has both a name and a failure") {
  ScriptedServer server([](const std::string& target) {
    if (target.find("cursor") != std::string::npos) return Script{.stays_silent = true};
    return http_ok(to_json(FlowReport{.host = web(), .span = an_hour, .next = "more"}));
  });
  const Told told = ask(an_hour_of(server.address()), 200ms);
  REQUIRE(told.failure);
  CHECK(told.failure->state == HostState::timeout);
  CHECK(told.report->host == web());
}

TEST_CASE("an answer that is compressed is read like one that is not") {
  ScriptedServer server([](const std::string&) { return http_ok(report(), Coding::gzip); });
  const Told told = ask(an_hour_of(server.address()));
  REQUIRE(told.report);
  CHECK(told.report->host == web());
}

TEST_CASE("nobody there is unreachable") {
  PeerAddress address;
  {
    address = ScriptedServer([](const std::string&) { return Script{}; }).address();
  }
  const auto failure_at = [](const PeerAddress& at) { return ask(an_hour_of(at)).failure.value(); };
  CHECK(failure_at(address).state == HostState::unreachable);
  CHECK(failure_at(address).message == "Connection refused");
  CHECK(failure_at({.unix_path = "/nowhere/at/all.sock"}).state == HostState::unreachable);
  CHECK(failure_at({.unix_path = "/" + std::string(300, 'x')}).state == HostState::unreachable);
}

TEST_CASE("who keeps us waiting keeps nobody else waiting, even where one at a time is asked") {
  ScriptedServer silent([](const std::string&) { return Script{.stays_silent = true}; });
  ScriptedServer quick([](const std::string&) { return http_ok(report()); });

  class Impatient : public Asker {
   public:
    Answer<Deadline> begin(PeerQuestion& question) override {
      most = std::max(most, ++in_flight);
      return in(question.unless == "silent" ? 1200ms : 10s);
    }
    std::vector<PeerQuestion> hear(const PeerQuestion& question, Told /*told*/) override {
      --in_flight;
      order.push_back(question.unless);
      return {};
    }
    std::vector<std::string> order;
    int in_flight = 0;
    int most = 0;
  };

  std::vector<PeerQuestion> questions(3, an_hour_of(silent.address()));
  for (PeerQuestion& question : questions) question.unless = "silent";
  questions.push_back(an_hour_of(quick.address()));
  questions.back().unless = "quick";
  Impatient asker;
  HttpPeer().ask(questions, 1, asker);
  CHECK(asker.order == std::vector<std::string>{"quick", "silent", "silent", "silent"});
  CHECK(asker.most == 4);
}

TEST_CASE("more than we care to hold at once comes one after the other, and all of it comes") {
  // Twelve times seven megabytes, all sent at once.
  const std::string blanks(7'000'000, ' ');
  std::list<ScriptedServer> servers;
  std::vector<PeerQuestion> questions;
  for (int i = 0; i < 12; ++i) {
    servers.emplace_back([&](const std::string&) { return http_ok(blanks + report()); });
    questions.push_back(an_hour_of(servers.back().address()));
  }
  Ear asker(60s);
  HttpPeer().ask(questions, 64, asker);
  CHECK(asker.heard.size() == 12);
  for (const auto& [address, told] : asker.heard) CHECK_FALSE(told.failure);
}

TEST_CASE("what is thought of on hearing an answer is asked too, and who is refused is not") {
  ScriptedServer server([](const std::string&) { return http_ok(report()); });

  class Curious : public Asker {
   public:
    Answer<Deadline> begin(PeerQuestion& question) override {
      if (question.unless == "3") return PeerFailure{HostState::budget, "enough"};
      return in(5s);
    }
    std::vector<PeerQuestion> hear(const PeerQuestion& question, Told told) override {
      if (told.failure) return heard.push_back(told.failure->message), std::vector<PeerQuestion>{};
      heard.push_back(question.unless);
      PeerQuestion next = question;
      next.unless = std::to_string(heard.size());
      return {next};
    }
    std::vector<std::string> heard;
  };

  Curious asker;
  HttpPeer().ask({an_hour_of(server.address())}, 64, asker);
  CHECK(asker.heard == std::vector<std::string>{"", "1", "2", "enough"});
  CHECK(server.requests().size() == 3);
}

TEST_CASE("a server that hangs is left at the deadline") {
  CHECK(failure_of({.stays_silent = true}, 200ms).state == HostState::timeout);
}

TEST_CASE("a tarpit that drips bytes ends by the deadline, not by each read's") {
  const auto began = std::chrono::steady_clock::now();
  const Script drip{http_ok(report()).bytes, 50ms};
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

TEST_CASE("nor more than that after decompression") {
  const PeerFailure failure = failure_of(http_ok(std::string(100'000'000, ' '), Coding::gzip));
  CHECK(failure.state == HostState::untrusted);
  CHECK(failure.message == "the answer is over 8 MiB");
}

TEST_CASE("nor more than a walk's share of all answers together, however small each is") {
  // A megabyte of blanks is a kilobyte on the wire.
  const std::string text = std::string(1'000'000, ' ') + report();
  ScriptedServer server([&](const std::string&) { return http_ok(text, Coding::gzip); });
  HttpPeer peer({}, 2'500'000);
  std::vector<HostState> states;
  for (int i = 0; i < 3; ++i) {
    Ear asker(20s);
    peer.ask({an_hour_of(server.address())}, 64, asker);
    const Told& told = asker.heard.begin()->second;
    states.push_back(told.failure ? told.failure->state : HostState::ok);
  }
  CHECK(states == std::vector{HostState::ok, HostState::ok, HostState::budget});
}

TEST_CASE("a redirect is not followed") {
  const auto failure = failure_of(
      {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"});
  CHECK(failure.state == HostState::untrusted);
  CHECK(failure.message == "HTTP 302 in place of a report");
}

TEST_CASE("who is busy, and says when to come again, is asked again") {
  std::atomic<int> asked = 0;
  ScriptedServer server([&](const std::string&) {
    const bool is_busy = ++asked == 1;
    return is_busy ? Script{"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                            "Content-Length: 0\r\n\r\n"}
                   : http_ok(report());
  });
  const Told told = ask(an_hour_of(server.address()));
  CHECK_FALSE(told.failure);
  CHECK(told.report);
  CHECK(server.connections() == 2);
}

TEST_CASE("who stays busy is left within the time, and so is who means to be asked without end") {
  for (const char* when : {"1", "0", "3600", "60000"}) {
    CAPTURE(when);
    std::atomic<int> asked = 0;
    ScriptedServer server([&](const std::string&) {
      ++asked;
      return Script{"HTTP/1.1 503 Busy\r\nRetry-After: " + std::string(when) + "\r\n\r\n"};
    });
    const auto failure = ask(an_hour_of(server.address()), 1200ms).failure;
    REQUIRE(failure);
    CHECK(failure->state == HostState::timeout);
    CHECK(failure->message == "too busy, or too lately started, to answer in time");
    CHECK(asked <= 2);
  }
  CHECK(failure_of({"HTTP/1.1 503 Broken\r\n\r\n"}).state == HostState::untrusted);
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
