// The server by TLS: who is admitted to what, and what strangers can do before they are known.
#include <doctest/doctest.h>

#include "stranger.h"
#include "support/fleet.h"
#include "tls/channel.h"

using namespace ttq;
using namespace std::chrono_literals;
using test::client_of;
using test::Fleet;
using test::write_file;
namespace fs = std::filesystem;

namespace {

const std::string token = "ttq_" + std::string(64, '7');
const std::string wrong_token = "ttq_" + std::string(64, '8');

/// A host of a fleet, web1 at 127.0.0.1, with a client, alice, and a token.
struct TlsServing {
  explicit TlsServing(HttpLimits limits = {}, const std::vector<ListenAddress>& at = {loopback})
      : serving(limits, at, credentials.get()) {}

  static std::unique_ptr<WatchedCredentials> open(Fleet& fleet) {
    const auto dir = fleet.host("web1", "127.0.0.1");
    write_file(dir / tokens_file, print_token_line("bob", token).value() + "\n");
    return WatchedCredentials::open(dir).value();
  }
  [[nodiscard]] std::uint64_t refused(Refusal reason) const {
    return serving.world.routes.refusals().count_of(reason);
  }

  Fleet fleet;
  std::unique_ptr<WatchedCredentials> credentials = open(fleet);
  Serving serving;
};

/// A client that waits for what it wants, but not for ever.
class TlsClient {
 public:
  TlsClient(const TlsServing& to, const fs::path& credentials, int host = 1)
      : tcp_(to.serving.address, host) {
    ::fcntl(tcp_.fd(), F_SETFL, O_NONBLOCK);
    auto channel =
        Channel::of_client(UniqueFd(::dup(tcp_.fd())), client_of(credentials), "127.0.0.1");
    channel_ = *std::move(channel);
  }

  bool secure() {
    return finish([&] { return channel_.secure(); }, POLLIN).state == Channel::State::moved;
  }
  TlsClient& send(std::string_view bytes) {
    finish([&] { return channel_.write(bytes); }, POLLOUT);
    return *this;
  }
  TlsClient& ask(const std::string& path, const std::string& bearer = "") {
    const std::string shown = bearer.empty() ? "" : "Authorization: Bearer " + bearer + "\r\n";
    return send("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + shown + "\r\n");
  }
  /// All of an answer; what has come if the connection ends.
  std::string hear() {
    std::string bytes;
    std::array<char, 16'384> buffer;
    while (bytes.find("}\n") == bytes.npos) {
      const auto step = finish([&] { return channel_.read(buffer); }, POLLIN);
      if (step.state != Channel::State::moved) break;
      bytes.append(buffer.data(), step.bytes);
    }
    return bytes;
  }
  std::string get(const std::string& path, const std::string& bearer = "") {
    secure();
    return ask(path, bearer).hear();
  }
  /// Whether something has come.
  [[nodiscard]] bool has_heard() const {
    pollfd polled{channel_.fd(), POLLIN, 0};
    return ::poll(&polled, 1, 0) == 1;
  }
  [[nodiscard]] const Channel& channel() const { return channel_; }

 private:
  template <class Act>
  Channel::Step finish(Act act, short usual) {
    for (int i = 0; i < 100; ++i) {
      const auto step = act();
      if (step.state != Channel::State::blocked) return step;
      pollfd polled{channel_.fd(), channel_.awaited(usual), 0};
      ::poll(&polled, 1, 5000);
    }
    return {Channel::State::blocked};
  }

  Client tcp_;
  Channel channel_;
};

int status_of(const std::string& answer) {
  return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3));
}

bool eventually(const std::function<bool()>& is_so) {
  for (int i = 0; i < 1000 && !is_so(); ++i) std::this_thread::sleep_for(10ms);
  return is_so();
}

/// Nothing is shown: no certificate, no token.
fs::path nothing_of(Fleet& fleet) {
  const auto dir = fleet.client("stranger");
  fs::remove(dir / certificate_file);
  fs::remove(dir / key_file);
  return dir;
}

}  // namespace

TEST_CASE("who shows a certificate of the fleet is told all") {
  TlsServing tls;
  TlsClient alice(tls, tls.fleet.client("alice"));
  CHECK(is_ok(alice.get("/v1/host")));
  CHECK(is_ok(alice.get("/v1/flows")));
}

TEST_CASE("a certificate that ends while its owner is connected admits him no more") {
  TlsServing tls;
  TlsClient alice(tls, tls.fleet.client("alice"));
  CHECK(is_ok(alice.get("/v1/flows")));
  tls.serving.world.now = test::now_of_the_clock() + std::chrono::days(31);
  CHECK(status_of(alice.get("/v1/flows")) == 403);
}

TEST_CASE("who shows nothing is told what strangers are") {
  TlsServing tls;
  TlsClient stranger(tls, nothing_of(tls.fleet));
  CHECK(is_ok(stranger.get("/v1/health")));
  CHECK(status_of(stranger.get("/v1/flows")) == 403);
  CHECK(tls.refused(Refusal::stranger) == 1);
}

TEST_CASE("who shows a token is told all, and with each question anew") {
  TlsServing tls;
  TlsClient bob(tls, nothing_of(tls.fleet));
  CHECK(is_ok(bob.get("/v1/flows", token)));
  CHECK(status_of(bob.get("/v1/flows")) == 403);
  bob.send("GET /v1/host HTTP/1.1\r\nHost: x\r\nauthorization: bearer  " + token + "\r\n\r\n");
  CHECK(is_ok(bob.hear()));
}

TEST_CASE("a wrong token is told so, and not at once; a right one does not wait for it") {
  TlsServing tls;
  TlsClient guesser(tls, nothing_of(tls.fleet));
  guesser.secure();
  guesser.ask("/v1/health", wrong_token);
  REQUIRE(eventually([&] { return tls.refused(Refusal::bad_token) == 1; }));
  CHECK(is_ok(TlsClient(tls, nothing_of(tls.fleet)).get("/v1/flows", token)));
  CHECK_FALSE(guesser.has_heard());
  const std::string answer = guesser.hear();
  CHECK(status_of(answer) == 401);
  CHECK(answer.find("WWW-Authenticate: Bearer error=\"invalid_token\"\r\n") != answer.npos);
  CHECK(answer.find("bad_token") != answer.npos);
}

TEST_CASE("whatever is no bearer token is a wrong one") {
  TlsServing tls;
  for (const char* shown : {"Basic Ym9iOmJvYg==", "Bearer", "Bearer ", "Bearer ttq_", "x"}) {
    CAPTURE(shown);
    TlsClient guesser(tls, nothing_of(tls.fleet));
    guesser.secure();
    guesser.send(std::string("GET /v1/flows HTTP/1.1\r\nHost: x\r\nAuthorization: ") + shown +
                 "\r\n\r\n");
    const auto before = tls.refused(Refusal::bad_token);
    CHECK(eventually(
        [&] { return tls.refused(Refusal::bad_token) > before || guesser.has_heard(); }));
  }
  CHECK(tls.refused(Refusal::bad_token) == 5);
}

TEST_CASE("places of those who wait for a wrong token's answer are free for others") {
  TlsServing tls;
  const auto nothing = nothing_of(tls.fleet);
  std::vector<std::unique_ptr<TlsClient>> guessers;
  for (int i = 0; i < 64; ++i) {
    guessers.push_back(std::make_unique<TlsClient>(tls, nothing, 2 + i / 8));
    guessers.back()->secure();
    guessers.back()->ask("/v1/flows", wrong_token);
  }
  REQUIRE(eventually([&] { return tls.refused(Refusal::bad_token) == 64; }));
  CHECK(is_ok(TlsClient(tls, nothing).get("/v1/flows", token)));
}

TEST_CASE("who speaks HTTP to it is told to speak TLS") {
  TlsServing tls;
  const std::string answer =
      Client(tls.serving.address).send("GET / HTTP/1.1\r\n\r\n").read_to_end();
  CHECK(answer.rfind("HTTP/1.1 426 Upgrade Required\r\n", 0) == 0);
  CHECK(answer.find("tls_required") != answer.npos);
  CHECK(answer.find("[reset]") == answer.npos);
  CHECK(eventually([&] { return tls.refused(Refusal::no_tls) == 1; }));
}

TEST_CASE("a token that is shown in the open admits nobody") {
  Serving plain;
  auto sockets = ListenSocket::open_all({loopback});
  const auto server =
      HttpServer::start(*std::move(sockets), plain.world.routes, Audience::unix_socket).value();
  Client client(server->addresses().front());
  client.send("GET /v1/flows HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n");
  CHECK(status_of(client.read_until("}\n")) == 403);
}

TEST_CASE("the certificate of another fleet is refused, and it is counted") {
  TlsServing tls;
  Fleet other;
  const auto mallory = other.client("mallory");
  fs::copy_file(tls.fleet.path("web1") / ca_file, mallory / ca_file,
                fs::copy_options::overwrite_existing);
  TlsClient client(tls, mallory);
  CHECK(client.get("/v1/health").empty());
  CHECK(client.channel().failure() == Channel::Failure::refused);
  CHECK(eventually([&] { return tls.refused(Refusal::no_tls) == 1; }));
}

TEST_CASE("the UNIX socket speaks no TLS") {
  const test::ScratchDir scratch;
  const ListenAddress unix_socket{.unix_path = scratch.path() / "api.sock"};
  TlsServing tls({}, {loopback, unix_socket});
  CHECK(is_ok(Client(unix_socket).get("/v1/flows")));
}

TEST_CASE("a handshake that does not go on is cut off, and keeps nobody waiting") {
  TlsServing tls({.request = 1'000ms});
  const auto nothing = nothing_of(tls.fleet);
  // The first bytes of a ClientHello that is to have 512.
  const std::string_view begin("\x16\x03\x01\x02\x00\x01", 6);
  std::vector<Stranger> strangers;
  for (int i = 0; i < 64; ++i) {
    strangers.emplace_back(tls.serving.address, 2 + i / 8);
    strangers.back().send(begin);
  }
  for (int i = 0; i < 10; ++i) CHECK(is_ok(TlsClient(tls, nothing).get("/v1/health")));
  CHECK(eventually([&] { return tls.refused(Refusal::too_slow) >= 50; }));
}

TEST_CASE("ten thousand who never say a word do not make it grow") {
  TlsServing tls;
  const auto nothing = nothing_of(tls.fleet);
  const auto ask = [&] { return is_ok(TlsClient(tls, nothing).get("/v1/health")); };
  CHECK(ask());
  const auto before = resident_bytes();
  for (int i = 0; i < 10'000; ++i) {
    Stranger stranger(tls.serving.address, 2 + i % 200);
    if (i % 2 == 0) stranger.send("\x16\x03\x01\x02");
    if (i % 3 == 0) stranger.slam();
    if (i % 1000 == 0) CHECK(ask());
  }
  CHECK(resident_bytes() - before < allowed_growth);
}

TEST_CASE("a long answer comes whole by TLS, record by record") {
  TlsServing tls;
  tls.serving.world.store.page = {{some_flow()}, "c0ffee"};
  tls.serving.world.store.repeated = 3'000;
  TlsClient alice(tls, tls.fleet.client("alice"));
  const std::string answer = alice.get("/v1/flows?limit=3000");
  CHECK(is_ok(answer));
  CHECK(answer.size() > 1'000'000);
  CHECK(answer.find("\"next\"") != answer.npos);
}

TEST_CASE("who asks by TLS and does not read is left, and keeps nobody waiting") {
  TlsServing tls({.answer = 500ms});
  tls.serving.world.store.page = {{some_flow()}, "c0ffee"};
  tls.serving.world.store.repeated = 10'000;
  const auto alice = tls.fleet.client("alice");
  std::vector<std::unique_ptr<TlsClient>> deaf;
  for (int i = 0; i < 3; ++i) {
    deaf.push_back(std::make_unique<TlsClient>(tls, alice, 2 + i));
    REQUIRE(deaf.back()->secure());
    deaf.back()->ask("/v1/flows?limit=10000");
  }
  CHECK(is_ok(TlsClient(tls, alice).get("/v1/host")));
  CHECK(eventually([&] { return tls.refused(Refusal::slow_reader) == 3; }));
  CHECK(is_ok(TlsClient(tls, alice).get("/v1/host")));
}

TEST_CASE("who came by credentials that have changed has to show his again") {
  TlsServing tls;
  TlsClient alice(tls, tls.fleet.client("alice"));
  CHECK(is_ok(alice.get("/v1/flows")));
  Fleet next;
  const auto theirs = next.host("web1", "127.0.0.1");
  const auto ours = tls.fleet.path("web1");
  for (const char* name : {ca_file, certificate_file, key_file}) {
    fs::copy_file(theirs / name, ours / name, fs::copy_options::overwrite_existing);
  }
  // Looked at when anybody comes, but not each time.
  const auto carol = next.client("carol");
  CHECK(eventually([&] { return is_ok(TlsClient(tls, carol).get("/v1/flows")); }));
  CHECK(eventually([&] { return alice.get("/v1/flows").empty(); }));
}

TEST_CASE(
    "who comes first after the credentials have changed is answered, and so is who is asking") {
  TlsServing tls;
  TlsClient alice(tls, tls.fleet.client("alice"));
  CHECK(is_ok(alice.get("/v1/flows")));
  std::this_thread::sleep_for(WatchedCredentials::between_looks);  // or it would not look again yet
  tls.fleet.host("web1", "127.0.0.1");
  CHECK(is_ok(TlsClient(tls, tls.fleet.path("alice")).get("/v1/flows")));
  CHECK(is_ok(alice.get("/v1/flows")));
}
