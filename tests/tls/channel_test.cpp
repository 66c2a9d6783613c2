// Both sides of TLS, in one thread, over a pair of sockets.
#include "tls/channel.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "channel_pair.h"

using namespace ttq;
using test::client_of;
using test::Fleet;
using test::Pair;
using test::read_some;
using test::server_of;
using test::socket_pair;
using State = Channel::State;
using Failure = Channel::Failure;

TEST_CASE("a host and a client of one fleet agree, and then their bytes arrive") {
  Fleet fleet;
  Pair pair(server_of(fleet.host("web1", "10.0.0.1")), client_of(fleet.client("alice")), "web1");
  pair.agree();
  REQUIRE(pair.agreed());
  CHECK(pair.server.verified_until());
  CHECK(pair.client.write("who is there?").bytes == 13);
  CHECK(read_some(pair.server) == "who is there?");
  CHECK(pair.server.write("nginx").bytes == 5);
  CHECK(read_some(pair.client) == "nginx");
}

TEST_CASE("a host is known by its name and by its address, and by no other") {
  Fleet fleet;
  const auto host = server_of(fleet.host("web1", "10.0.0.1"));
  const auto client = client_of(fleet.client("alice"));
  for (const char* asked : {"web1", "WEB1", "10.0.0.1", "::ffff:10.0.0.1"}) {
    CAPTURE(asked);
    Pair pair(host, client, asked);
    pair.agree();
    CHECK(pair.agreed());
  }
  for (const char* asked : {"web2", "10.0.0.2", "web1.example.org", "::1"}) {
    CAPTURE(asked);
    Pair pair(host, client, asked);
    pair.agree();
    CHECK(pair.of_client == State::broken);
    CHECK(pair.client.failure() == Failure::unverified);
    CHECK(pair.client.failure_words() ==
          "it is for web1, 10.0.0.1, and not for " + std::string(asked));
    CHECK_FALSE(pair.agreed());
  }
}

TEST_CASE("no name at all is no name that every host has") {
  Fleet fleet;
  auto fds = socket_pair();
  CHECK_FALSE(Channel::of_client(std::move(fds[0]), client_of(fleet.client("alice")), ""));
}

TEST_CASE("the certificate of another fleet is worth nothing, whichever side shows it") {
  Fleet ours;
  Fleet theirs;
  Pair liar(server_of(theirs.host("web1", "10.0.0.1")), client_of(ours.client("alice")), "web1");
  liar.agree();
  CHECK(liar.client.failure() == Failure::unverified);

  // Of TLS 1.3 the client is done before its certificate is looked at.
  auto foreign = theirs.client("mallory");
  std::filesystem::copy_file(ours.client("alice") / ca_file, foreign / ca_file,
                             std::filesystem::copy_options::overwrite_existing);
  Pair intruder(server_of(ours.host("web1", "10.0.0.1")), client_of(foreign), "web1");
  intruder.agree();
  CHECK(intruder.of_server == State::broken);
  CHECK(intruder.server.failure() == Failure::unverified);
  CHECK_FALSE(intruder.server.verified_until());
  CHECK(read_some(intruder.client).empty());
  CHECK(intruder.client.failure() == Failure::refused);
}

TEST_CASE("a host's key asks nobody, and a client's answers for no host") {
  Fleet fleet;
  const auto host = fleet.host("web1", "10.0.0.1");
  const auto client = fleet.client("alice");
  Pair stolen(server_of(host), client_of(host), "web1");
  stolen.agree();
  CHECK(stolen.of_server == State::broken);
  CHECK_FALSE(ServerCredentials::load(client));
}

TEST_CASE("a certificate that has ended is refused") {
  Fleet past(test::now_of_the_clock() - std::chrono::hours(48), 1);
  Pair pair(server_of(past.host("web1", "10.0.0.1")), client_of(past.client("alice")), "web1");
  pair.agree();
  CHECK(pair.client.failure() == Failure::unverified);
  CHECK(pair.client.failure_words() == "certificate has expired");
}

TEST_CASE("who shows no certificate is let in as a stranger") {
  Fleet fleet;
  const auto stranger = fleet.client("stranger");
  std::filesystem::remove(stranger / certificate_file);
  std::filesystem::remove(stranger / key_file);
  Pair pair(server_of(fleet.host("web1", "10.0.0.1")), client_of(stranger), "web1");
  pair.agree();
  REQUIRE(pair.agreed());
  CHECK_FALSE(pair.server.verified_until());
}

TEST_CASE("a side that speaks no TLS is told apart from one that lies") {
  Fleet fleet;
  auto fds = socket_pair();
  auto server =
      Channel::of_server(std::move(fds[0]), server_of(fleet.host("web1", "10.0.0.1"))).value();
  REQUIRE(::send(fds[1].get(), "GET / HTTP/1.1\r\n\r\n", 18, 0) == 18);
  CHECK(server.secure().state == State::broken);
  CHECK(server.failure() == Failure::no_tls);

  auto others = socket_pair();
  auto client =
      Channel::of_client(std::move(others[0]), client_of(fleet.client("alice")), "web1").value();
  CHECK(client.secure().state == State::blocked);
  CHECK(client.awaited(POLLOUT) == POLLIN);
  REQUIRE(::send(others[1].get(), "HTTP/1.1 400 Bad Request\r\n\r\n", 28, 0) == 28);
  CHECK(client.secure().state == State::broken);
  CHECK(client.failure() == Failure::no_tls);
}

TEST_CASE("an end that was not announced is a break, and one that was is an end") {
  Fleet fleet;
  const auto host = server_of(fleet.host("web1", "10.0.0.1"));
  const auto client = client_of(fleet.client("alice"));
  std::array<char, 64> buffer;
  Pair cut(host, client, "web1");
  cut.agree();
  ::shutdown(cut.server.fd(), SHUT_WR);
  CHECK(cut.client.read(buffer).state == State::broken);
  CHECK(cut.client.failure() == Failure::broke_off);
  Pair ended(host, client, "web1");
  ended.agree();
  ended.server.end_writing();
  CHECK(ended.client.read(buffer).state == State::ended);
}

TEST_CASE("what does not fit is written when there is room, and nothing waits unseen") {
  Fleet fleet;
  Pair pair(server_of(fleet.host("web1", "10.0.0.1")), client_of(fleet.client("alice")), "web1");
  pair.agree();
  const std::string sent(4U << 20U, 'x');
  std::string_view rest = sent;
  std::size_t received = 0;
  bool was_blocked = false;
  for (int i = 0; i < 10'000 && received < sent.size(); ++i) {
    const auto step = pair.server.write(rest);
    rest.remove_prefix(step.bytes);
    was_blocked = was_blocked || step.state == State::blocked;
    if (step.state == State::moved && !rest.empty()) continue;
    // As poll(2) would have it: read while the kernel has something.
    pollfd polled{pair.client.fd(), POLLIN, 0};
    while (::poll(&polled, 1, 0) == 1) received += read_some(pair.client).size();
  }
  CHECK(was_blocked);
  CHECK(received == sent.size());
}

TEST_CASE("nothing older than TLS 1.2 is spoken") {
  Fleet fleet;
  auto fds = socket_pair();
  auto server =
      Channel::of_server(std::move(fds[0]), server_of(fleet.host("web1", "10.0.0.1"))).value();
  // A ClientHello of TLS 1.1: version 3.2, no random worth the name, one suite, no compression.
  std::string hello("\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x02", 11);
  hello += std::string(32, 'r') + std::string("\x00\x00\x02\xc0\x13\x01\x00", 7);
  REQUIRE(::send(fds[1].get(), hello.data(), hello.size(), 0) == 50);
  CHECK(server.secure().state == State::broken);
  CHECK(server.failure_words() == "unsupported protocol");
}
