// The other side is an enemy: what one step of a channel can be made to do.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>

#include "channel_pair.h"
#include "tls/openssl.h"

using namespace ttq;
using test::client_of;
using test::Fleet;
using test::Pair;
using test::server_of;
using test::socket_pair;
using State = Channel::State;
namespace fs = std::filesystem;

namespace {

/// Speaks TLS as OpenSSL lets it, with the credentials that it is given.
class Enemy {
 public:
  Enemy(UniqueFd fd, SSL_CTX& context) : fd_(std::move(fd)), ssl_(SSL_new(&context)) {
    SSL_set_verify(ssl_.get(), SSL_VERIFY_NONE, nullptr);
    SSL_set_fd(ssl_.get(), fd_.get());
  }

  void agree_with(Channel& victim, bool as_client) {
    State state = State::blocked;
    int result = -1;
    for (int i = 0; i < 20 && (state == State::blocked || result != 1); ++i) {
      if (result != 1) result = as_client ? SSL_connect(ssl_.get()) : SSL_accept(ssl_.get());
      if (state == State::blocked) state = victim.secure().state;
    }
    REQUIRE(state == State::moved);
    REQUIRE(result == 1);
  }
  /// As often as the socket takes it, without an answer to any.
  void change_keys(int times) {
    for (int i = 0; i < times; ++i) {
      REQUIRE(SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
      REQUIRE(SSL_do_handshake(ssl_.get()) == 1);
    }
  }
  void say(const std::string& words) {
    REQUIRE(SSL_write(ssl_.get(), words.data(), static_cast<int>(words.size())) > 0);
  }

 private:
  UniqueFd fd_;
  SslPtr ssl_;
};

int unread(const Channel& channel) {
  int bytes = 0;
  REQUIRE(::ioctl(channel.fd(), FIONREAD, &bytes) == 0);
  return bytes;
}

/// Each step takes a part of what waits, and in the end what was said arrives.
void hear_out(Channel& channel, const std::string& words) {
  std::array<char, 64> buffer;
  const int at_first = unread(channel);
  CHECK(channel.read(buffer).state == State::blocked);
  CHECK(unread(channel) > at_first / 2);
  for (int i = 0; i < 1'000 && unread(channel) > 0; ++i) {
    const auto step = channel.read(buffer);
    if (step.state == State::moved) CHECK(std::string(buffer.data(), step.bytes) == words);
    if (step.state == State::broken) FAIL(channel.failure_words());
  }
  CHECK(unread(channel) == 0);
}

}  // namespace

TEST_CASE("who changes his keys without end does not keep a step from ending") {
  Fleet fleet;
  const auto host = server_of(fleet.host("web1", "10.0.0.1"));
  const auto client = client_of(fleet.client("alice"));
  {
    auto fds = socket_pair();
    Channel server = Channel::of_server(std::move(fds[0]), host).value();
    Enemy enemy(std::move(fds[1]), client->context());
    enemy.agree_with(server, true);
    enemy.change_keys(200);
    enemy.say("who is there?");
    hear_out(server, "who is there?");
  }
  auto fds = socket_pair();
  Channel asking = Channel::of_client(std::move(fds[0]), client, "web1").value();
  Enemy enemy(std::move(fds[1]), host->context());
  enemy.agree_with(asking, false);
  enemy.change_keys(200);
  enemy.say("nginx");
  hear_out(asking, "nginx");
}

TEST_CASE("a certificate that goes on and on is not read to its end") {
  Fleet fleet;
  const auto alice = fleet.client("alice");
  std::ifstream file(alice / certificate_file);
  const std::string one(std::istreambuf_iterator<char>(file), {});
  std::string chain;
  for (int i = 0; i < 120; ++i) chain += one;
  test::write_file(alice / certificate_file, chain);
  Pair pair(server_of(fleet.host("web1", "10.0.0.1")), client_of(alice), "web1");
  pair.agree();
  CHECK(pair.of_server == State::broken);
  CHECK(pair.server.failure_words() == "excessive message size");
}

TEST_CASE("a certificate admits for as long as it is valid, and no longer") {
  const Time made = test::now_of_the_clock();
  Fleet fleet(made, 10);
  Pair pair(server_of(fleet.host("web1", "10.0.0.1")), client_of(fleet.client("alice")), "web1");
  CHECK_FALSE(pair.server.verified_until());
  pair.agree();
  REQUIRE(pair.server.verified_until());
  CHECK(*pair.server.verified_until() ==
        std::chrono::floor<std::chrono::seconds>(made) + std::chrono::days(10));
}

TEST_CASE("a name with a dot at its end is the same, and one with a dot before it is none") {
  Fleet fleet;
  const auto host = server_of(fleet.host("web1.example.org", "fe80::1"));
  const auto client = client_of(fleet.client("alice"));
  for (const char* asked : {"web1.example.org.", "fe80::1%lo", "fe80::1"}) {
    CAPTURE(asked);
    Pair pair(host, client, asked);
    pair.agree();
    CHECK(pair.agreed());
  }
  // OpenSSL would take it for any host of that domain.
  for (const char* asked : {".example.org", ".", "..", ""}) {
    CAPTURE(asked);
    CHECK_FALSE(Channel::of_client(std::move(socket_pair()[0]), client, asked));
  }
}
