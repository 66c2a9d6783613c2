// Asking by TLS: who is believed, and that nobody else is told a secret.
#include <doctest/doctest.h>

#include "support/fleet.h"
#include "support/scripted_server.h"
#include "walk/http_peer.h"
#include "wire/report_json.h"

using namespace ttq;
using namespace ttq::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr const char* token = "ttq_0123456789";

constexpr Span an_hour{Time(1'767'319'445s), Time(1'767'323'045s)};

Script report() {
  const Host web{.id = "web-id", .instance = "1", .name = "web", .now = an_hour.until};
  return http_ok(
      to_json(FlowReport{.host = web, .span = an_hour, .listeners = std::vector<Listener>()}));
}

/// A fleet with a host at 127.0.0.1, and with a user whose secret is a token.
struct Site {
  Site() {
    fs::remove(user / certificate_file);
    fs::remove(user / key_file);
    write_file(user / token_file, token);
  }
  Fleet fleet;
  fs::path user = fleet.client("user");
};

class Ear : public Asker {
 public:
  explicit Ear(std::chrono::milliseconds time = 5s) : time_(time) {}
  Answer<Deadline> begin(PeerQuestion& /*question*/) override {
    return std::chrono::steady_clock::now() + time_;
  }
  std::vector<PeerQuestion> hear(const PeerQuestion& /*question*/, Told answer) override {
    told = std::move(answer);
    return {};
  }
  Told told;

 private:
  std::chrono::milliseconds time_;
};

Told ask(const PeerAddress& at, const fs::path& credentials, std::chrono::milliseconds time = 5s) {
  Ear ear(time);
  HttpPeer({Via::tls, client_of(credentials)})
      .ask({{.at = at, .ages = {1h, 0s, std::chrono::steady_clock::now()}}}, 4, ear);
  return std::move(ear.told);
}

PeerFailure failure_of(const PeerAddress& at, const fs::path& credentials) {
  return ask(at, credentials).failure.value_or(PeerFailure{HostState::ok, ""});
}

bool holds(const std::string& text, std::string_view piece) {
  return text.find(piece) != std::string::npos;
}

}  // namespace

TEST_CASE("a host of the fleet is asked, and shown the token") {
  Site site;
  ScriptedServer server([](const std::string&) { return report(); },
                        server_of(site.fleet.host("web1", "127.0.0.1")));
  const Told told = ask(server.address(), site.user);
  REQUIRE(told.report);
  CHECK(told.report->host.name == "web");
  CHECK(holds(server.heard(), std::string("\r\nAuthorization: Bearer ") + token + "\r\n"));
}

TEST_CASE("a host without the fleet's certificate, or with another's name, hears nothing") {
  Site site;
  Fleet impostors;
  struct Liar {
    fs::path credentials;
    const char* said;
  };
  const Liar liars[] = {
      {impostors.host("web1", "127.0.0.1"), "its certificate is not accepted: "},
      {site.fleet.host("web2", "10.0.0.2"),
       "its certificate is not accepted: it is for web2, 10.0.0.2, and not for 127.0.0.1"},
  };
  for (const Liar& liar : liars) {
    CAPTURE(liar.credentials.string());
    ScriptedServer server([](const std::string&) { return report(); }, server_of(liar.credentials));
    const PeerFailure failure = failure_of(server.address(), site.user);
    CHECK(failure.state == HostState::untrusted);
    CHECK(holds(failure.message, liar.said));
    CHECK(server.heard().empty());
  }
}

TEST_CASE("a host that speaks no TLS is not asked without it") {
  Site site;
  ScriptedServer server([](const std::string&) { return report(); });
  CHECK(ask(server.address(), site.user, 300ms).failure);
  CHECK_FALSE(holds(server.heard(), token));
  CHECK_FALSE(holds(server.heard(), "GET "));
}

TEST_CASE("a host that redirects gets nobody to follow, and nothing is shown elsewhere") {
  Site site;
  ScriptedServer elsewhere([](const std::string&) { return report(); });
  const std::string away = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" +
                           std::to_string(elsewhere.address().port) + "/\r\n\r\n";
  ScriptedServer server([&](const std::string&) { return Script{away}; },
                        server_of(site.fleet.host("web1", "127.0.0.1")));
  CHECK(failure_of(server.address(), site.user).state == HostState::untrusted);
  CHECK(elsewhere.connections() == 0);
}

TEST_CASE("by plain TCP and on a UNIX socket no token is shown") {
  Site site;
  ScriptedServer plain([](const std::string&) { return report(); });
  Ear ear;
  HttpPeer().ask({{.at = plain.address(), .ages = {1h, 0s, std::chrono::steady_clock::now()}}}, 4,
                 ear);
  CHECK(ear.told.report);
  CHECK_FALSE(holds(plain.heard(), "Authorization"));
  ScriptedServer local([](const std::string&) { return report(); }, site.fleet.path("api.sock"));
  CHECK(ask(local.address(), site.user).report);
  CHECK_FALSE(holds(local.heard(), "Authorization"));
}

TEST_CASE("who has credentials that cannot be used asks this host alone") {
  Site site;
  ScriptedServer other([](const std::string&) { return report(); });
  ScriptedServer local([](const std::string&) { return report(); }, site.fleet.path("api.sock"));
  const Transport broken{Via::tls, nullptr, "no key"};
  for (const ScriptedServer* server : {&other, &local}) {
    Ear ear;
    HttpPeer(broken).ask(
        {{.at = server->address(), .ages = {1h, 0s, std::chrono::steady_clock::now()}}}, 4, ear);
    CHECK(ear.told.report.has_value() == (server == &local));
    if (ear.told.failure) CHECK(ear.told.failure->state == HostState::denied);
    if (ear.told.failure) CHECK(ear.told.failure->message == "no key");
  }
  CHECK(other.connections() == 0);
}

TEST_CASE("a host that does not know our certificate has denied us") {
  Site site;
  Fleet others;
  const auto foreign = others.client("mallory");
  const auto host = site.fleet.host("web1", "127.0.0.1");
  fs::copy_file(host / ca_file, foreign / ca_file, fs::copy_options::overwrite_existing);
  ScriptedServer server([](const std::string&) { return report(); }, server_of(host));
  const PeerFailure failure = failure_of(server.address(), foreign);
  CHECK(failure.state == HostState::denied);
  CHECK(holds(failure.message, "it does not accept our certificate"));
  CHECK(server.heard().empty());
}

TEST_CASE("a host that speaks TLS alone says so to whoever comes without") {
  Site site;
  ScriptedServer server(
      [](const std::string&) { return Script{"HTTP/1.1 426 Upgrade Required\r\n\r\n"}; });
  Ear ear;
  HttpPeer().ask({{.at = server.address(), .ages = {1h, 0s, std::chrono::steady_clock::now()}}}, 4,
                 ear);
  REQUIRE(ear.told.failure);
  CHECK(ear.told.failure->state == HostState::denied);
  CHECK(ear.told.failure->message == "it speaks TLS alone (HTTP 426)");
}

TEST_CASE("a handshake that does not go on is left at the deadline") {
  Site site;
  // It reads the greeting, waits for the end of a head that never comes, and says nothing.
  ScriptedServer server([](const std::string&) { return Script{.stays_silent = true}; });
  const Told told = ask(server.address(), site.user, 300ms);
  REQUIRE(told.failure);
  CHECK(told.failure->state == HostState::timeout);
}

TEST_CASE("an answer of many records is read to its end") {
  Site site;
  const Host web{.id = "web-id", .instance = "1", .name = "web", .now = an_hour.until};
  FlowReport report{.host = web, .span = an_hour, .listeners = std::vector<Listener>()};
  const auto address = Address::parse("10.0.0.1").value();
  for (int i = 0; i < 3'000; ++i) {
    const Process process{.key = {7, 7, 7}, .name = "nginx", .pgid = 7};
    const auto port = static_cast<std::uint16_t>(1'000 + i);
    report.flows.push_back(
        {.key = {{Protocol::tcp, address, port}, address, Role::passive, 1, process.key},
         .owner = Owner::of(process)});
  }
  const std::string text = to_json(report);
  REQUIRE(text.size() > 500'000);
  ScriptedServer server([&](const std::string&) { return http_ok(text); },
                        server_of(site.fleet.host("web1", "127.0.0.1")));
  const Told told = ask(server.address(), site.user);
  REQUIRE(told.report);
  CHECK(told.report->flows.size() == 3'000);
}
