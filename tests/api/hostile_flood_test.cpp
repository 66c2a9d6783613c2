// Strangers that send, ask or connect without end: memory does not grow with it, and a good client
// is served meanwhile.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <deque>

#include "api/gzip.h"
#include "stranger.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

/// The growth of memory from where everything has run once.
class Growth {
 public:
  explicit Growth(const ListenAddress& address) {
    for (int i = 0; i < 50; ++i) CHECK(is_served_in_time(address));
    before_ = resident_bytes();
  }
  [[nodiscard]] std::ptrdiff_t bytes() const { return resident_bytes() - before_; }

 private:
  std::ptrdiff_t before_ = 0;
};

/// Sends `begin` and then `bytes` over and over, on one connection after the other.
void flood(const ListenAddress& address, std::string_view begin, std::string_view bytes,
           std::size_t most) {
  for (std::size_t sent = 0; sent < most;) {
    const Stranger stranger(address, 2);
    sent += stranger.flood(begin, 1);
    sent += stranger.flood(bytes, most - sent);
  }
}

std::string repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// 64 MiB of zeros in some 300 KiB.
std::string zip_bomb() {
  Gzip gzip;
  const std::string zeros(1U << 20U, '\0');
  std::string bomb;
  for (int i = 0; i < 64; ++i) bomb += gzip.add(zeros);
  return bomb + gzip.finish();
}

/// As many descriptors as we may have.
std::size_t most_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(limit.rlim_cur, 65'536);
}

}  // namespace

TEST_CASE("a GiB without a line's end costs no memory") {
  const Serving serving;
  const Growth growth(serving.address);
  flood(serving.address, "GET /", std::string(256U << 10U, 'a'), 1U << 30U);
  CHECK(growth.bytes() < allowed_growth);
  CHECK(serving.world.routes.refusals().count_of(Refusal::too_large) > 0);
  CHECK(is_served_in_time(serving.address));
}

TEST_CASE("nor does the kernel keep much of whoever sends without end or does not read") {
  const auto listener = ListenSocket::open(loopback);
  REQUIRE(listener.has_value());
  const Client client(listener->address());
  const UniqueFd accepted = listener->accept();
  REQUIRE(accepted);
  const auto size_of = [&](int buffer) {
    int bytes = 0;
    socklen_t length = sizeof bytes;
    ::getsockopt(accepted.get(), SOL_SOCKET, buffer, &bytes, &length);
    return bytes;
  };
  CHECK(size_of(SO_RCVBUF) <= 128 << 10);
  CHECK(size_of(SO_SNDBUF) <= 512 << 10);
}

TEST_CASE("headers without end cost no memory") {
  const Serving serving;
  const Growth growth(serving.address);
  flood(serving.address, "GET / HTTP/1.1\r\n", repeat("A: b\r\n", 10'000), 64U << 20U);
  CHECK(growth.bytes() < allowed_growth);
  CHECK(serving.world.routes.refusals().count_of(Refusal::too_large) > 0);
}

TEST_CASE("bodies without end cost no memory, in chunks or not") {
  const Serving serving;
  const Growth growth(serving.address);
  const std::string chunks = repeat("1000\r\n" + std::string(4096, 'a') + "\r\n", 16);
  for (const char* method : {"GET", "POST"}) {
    const std::string line = std::string(method) + " /v1/flows HTTP/1.1\r\n";
    flood(serving.address, line + "Transfer-Encoding: chunked\r\n\r\n", chunks, 32U << 20U);
    flood(serving.address, line + "Content-Length: 999999999\r\n\r\n", chunks, 32U << 20U);
  }
  CHECK(growth.bytes() < allowed_growth);
  CHECK(is_served_in_time(serving.address));
}

TEST_CASE("a zip bomb is not unpacked") {
  const Serving serving;
  const std::string bomb = zip_bomb();
  const Growth growth(serving.address);
  for (const char* method : {"GET", "POST"}) {
    Client client(serving.address);
    client.send(std::string(method) + " /v1/flows HTTP/1.1\r\nContent-Encoding: gzip\r\n" +
                "Content-Length: " + std::to_string(bomb.size()) + "\r\n\r\n" + bomb);
    CHECK(client.read_to_end().rfind("HTTP/1.1 40", 0) == 0);
  }
  CHECK(growth.bytes() < allowed_growth);
}

TEST_CASE("five thousand questions in one breath are answered in turn") {
  const Serving serving;
  const Client client(serving.address);
  std::thread asker([&] {
    const std::string questions = repeat("GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n", 5000);
    [[maybe_unused]] const auto sent =
        ::send(client.fd(), questions.data(), questions.size(), MSG_NOSIGNAL);
  });
  const std::string status = "HTTP/1.1 200 OK";
  std::string tail;
  int answers = 0;
  std::array<char, 65'536> buffer;
  while (answers < 5000) {
    pollfd polled{client.fd(), POLLIN, 0};
    if (::poll(&polled, 1, 5000) != 1) break;
    const auto count = ::recv(client.fd(), buffer.data(), buffer.size(), 0);
    if (count <= 0) break;
    tail.append(buffer.data(), static_cast<std::size_t>(count));
    for (auto at = tail.find(status); at != tail.npos; at = tail.find(status)) {
      ++answers;
      tail.erase(0, at + status.size());
    }
  }
  asker.join();
  CHECK(answers == 5000);
}

TEST_CASE("whoever asks without end and reads nothing costs no memory") {
  const Serving serving;
  const std::string questions = repeat("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", 1000);
  std::deque<Stranger> strangers;
  for (int i = 0; i < 32; ++i) strangers.emplace_back(serving.address, 2 + i / 8);
  const auto ask = [&] {
    for (const Stranger& stranger : strangers) stranger.send(questions);
  };
  ask();  // now each has as much as it can get
  const Growth growth(serving.address);
  for (int round = 0; round < 20; ++round) {
    ask();
    CHECK(is_served_in_time(serving.address));
  }
  CHECK(growth.bytes() < allowed_growth);
}

TEST_CASE("ten thousand connections do not keep a good client waiting") {
  const Serving serving;
  const std::size_t most = most_descriptors() - 256;
  const Growth growth(serving.address);
  std::deque<Stranger> strangers;
  Tally tally;
  for (int i = 0; i < 10'000; ++i) {
    strangers.emplace_back(serving.address, 2 + i % 20).send("GET /v1/h");
    if (strangers.size() > most) strangers.pop_front();
    if (i % 50 == 0) tally.ask(serving.address);
  }
  CAPTURE(tally.late);
  CHECK(tally.is_good());
  const RefusalBook& refusals = serving.world.routes.refusals();
  CHECK(refusals.count_of(Refusal::made_room) + refusals.count_of(Refusal::too_many) > 5'000);
}

TEST_CASE("a thousand hosts with a connection each do not keep a good client waiting") {
  const Serving serving;
  Tally tally;
  std::deque<Stranger> strangers;
  for (int i = 0; i < 1000; ++i) {
    strangers.emplace_back(serving.address, 2 + i).send("GET /v1/h");
    if (strangers.size() > 500) strangers.pop_front();
    if (i % 10 == 0) tally.ask(serving.address);
  }
  CAPTURE(tally.late);
  CHECK(tally.is_good());
}

TEST_CASE("of one address only so many connections are kept, and whoever is refused is told") {
  const Serving serving;
  std::vector<Client> kept;
  for (int i = 0; i < 8; ++i) {
    kept.emplace_back(serving.address, 2);
    kept.back().send("GET /v1/health HTTP/1.1\r\n");
  }
  const std::string answer = Client(serving.address, 2).read_to_end();
  CHECK(answer.rfind("HTTP/1.1 503 Service Unavailable\r\n", 0) == 0);
  CHECK(answer.find("\r\nRetry-After: 1\r\n") != answer.npos);
  CHECK(answer.find("\"too_many_connections\"") != answer.npos);
  CHECK(serving.world.routes.refusals().count_of(Refusal::too_many) == 1);
  CHECK(is_served_in_time(serving.address));  // another address
  for (Client& client : kept) CHECK(is_ok(client.send("\r\n").read_until("}\n")));
}

TEST_CASE("whoever has all his connections idle may have another one") {
  const Serving serving({.admission = {.patience = 0ms}});
  std::vector<Client> kept;
  for (int i = 0; i < 8; ++i) {
    kept.emplace_back(serving.address, 2);
    CHECK(is_ok(kept.back().get("/v1/health")));
  }
  CHECK(is_ok(Client(serving.address, 2).get("/v1/health")));
  CHECK(kept.front().read_to_end().empty());  // it was idle for longest
  CHECK(is_ok(kept.back().get("/v1/health")));
}
