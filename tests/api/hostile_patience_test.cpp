// Strangers that take their time, or break off: nobody else's is taken, and what they held is free
// again. The limits are a tenth of those in use and less.
#include <doctest/doctest.h>

#include <atomic>
#include <deque>

#include "stranger.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

constexpr const char* ask_for_all = "GET /v1/flows?limit=10000 HTTP/1.1\r\nHost: x\r\n\r\n";

struct ServingFlows : Serving {
  explicit ServingFlows(std::size_t many, HttpLimits limits = {}) : Serving(limits) {
    world.store.page = {{some_flow()}, "c0ffee"};
    world.store.repeated = many;
  }
};

/// Connections that send a byte each 400 ms, where a request may take 500, and come again when they
/// are cut off: as one a byte each 4 s does, where it may take 5.
class Drip {
 public:
  Drip(const ListenAddress& to, int connections, int of_each_address)
      : thread_([=, this] { run(to, connections, of_each_address); }) {
    while (!is_full_) std::this_thread::sleep_for(1ms);
  }
  Drip(const Drip&) = delete;
  Drip& operator=(const Drip&) = delete;
  ~Drip() {
    stopping_ = true;
    thread_.join();
  }

 private:
  void run(const ListenAddress& to, int connections, int of_each_address) {
    std::deque<Stranger> strangers;
    for (int i = 0; i < connections; ++i) strangers.emplace_back(to, 2 + i / of_each_address);
    for (; !stopping_; std::this_thread::sleep_for(400ms)) {
      for (int i = 0; i < connections; ++i) {
        Stranger& stranger = strangers[static_cast<std::size_t>(i)];
        if (!stranger.send("G")) stranger = Stranger(to, 2 + i / of_each_address);
      }
      is_full_ = true;
    }
  }

  std::atomic<bool> stopping_ = false;
  std::atomic<bool> is_full_ = false;
  std::thread thread_;
};

/// Waits until it is so, for longer than it ever takes.
bool eventually(const std::function<bool()>& is_so) {
  for (int i = 0; i < 500; ++i) {
    if (is_so()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

bool flows_are_told(const Serving& serving) {
  return is_ok(Client(serving.address)
                   .send("HEAD /v1/flows HTTP/1.1\r\nHost: x\r\n\r\n")
                   .read_until("\r\n\r\n"));
}

std::string status_of(const Serving& serving, const char* path) {
  const std::string head = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  return Client(serving.address).send("GET " + std::string(path) + head).read_to_end().substr(9, 3);
}

}  // namespace

TEST_CASE("64 connections that drip do not keep a good client waiting") {
  for (const int of_each_address : {8, 1}) {
    CAPTURE(of_each_address);
    const Serving serving({.request = 500ms});
    const Drip drip(serving.address, 64, of_each_address);
    Tally tally;
    for (int i = 0; i < 100; ++i) {
      tally.ask(serving.address);
      std::this_thread::sleep_for(10ms);
    }
    CAPTURE(tally.late);
    CHECK(tally.is_good());
    const RefusalBook& refusals = serving.world.routes.refusals();
    CHECK(refusals.count_of(Refusal::made_room) > 0);
    CHECK(eventually([&] { return refusals.count_of(Refusal::too_slow) > 0; }));
  }
}

TEST_CASE("a good client keeps its place among those that drip until it has asked") {
  const Serving serving({.request = 500ms});
  Client good(serving.address);
  const Drip drip(serving.address, 72, 8);
  CHECK(is_ok(good.get("/v1/health")));
  std::this_thread::sleep_for(500ms);
  CHECK(is_ok(good.get("/v1/health")));
}

TEST_CASE("the time of a request is not renewed, neither by a first nor by a further question") {
  const Serving serving({.request = 150ms, .linger = 50ms});
  for (const char* before : {"", "GET /v1/health HTTP/1.1\r\n\r\n",
                             "GET /v1/health HTTP/1.1\r\n\r\nGET /v1/health HTTP/1.1\r\n\r\nG"}) {
    CAPTURE(before);
    Client client(serving.address);
    client.send(before);
    int sent = 0;
    // For ten times as long as it may take.
    while (sent < 100) {
      const auto count = ::send(client.fd(), "G", 1, MSG_NOSIGNAL);
      if (count != 1) break;
      ++sent;
      std::this_thread::sleep_for(15ms);
    }
    CHECK(sent < 100);
    CHECK(client.read_to_end().find("HTTP/1.1 408") != std::string::npos);
  }
}

TEST_CASE("an empty line is the first byte of a request, and renews no idle time") {
  const Serving serving({.request = 100ms, .idle = 60s});
  Client client(serving.address);
  CHECK(is_ok(client.get("/v1/health")));
  CHECK(client.send("\r\n").read_to_end().rfind("HTTP/1.1 408", 0) == 0);
}

TEST_CASE("the time of an answer is not renewed by whoever reads a little of it now and then") {
  const ServingFlows serving(10'000'000, {.answer = 300ms});
  Client client(serving.address);
  client.send(ask_for_all);
  std::array<char, 4096> buffer;
  int reads = 0;
  while (::recv(client.fd(), buffer.data(), buffer.size(), 0) > 0 && reads < 100'000) {
    if (++reads < 200) std::this_thread::sleep_for(15ms);  // for ten times as long as it may take
  }
  CHECK(reads < 100'000);
  CHECK(serving.world.routes.refusals().count_of(Refusal::slow_reader) == 1);
}

TEST_CASE(
    "four long answers are read at once, and whoever asks for a fifth is told to come again") {
  const ServingFlows serving(1'000'000);
  std::vector<Client> slow;
  for (int i = 0; i < 4; ++i) {
    slow.emplace_back(serving.address, 2).send(ask_for_all);
    CHECK(is_ok(slow.back().read_until("\r\n\r\n")));
  }
  for (const char* path : {"/v1/flows", "/v1/listeners", "/v1/host"}) {
    const std::string answer = Client(serving.address).get(path);
    CHECK(answer.rfind("HTTP/1.1 503", 0) == 0);
    CHECK(answer.find("\r\nRetry-After: 1\r\n") != answer.npos);
    CHECK(answer.find("\"busy\"") != answer.npos);
  }
  CHECK(status_of(serving, "/v1/health") == "200");
  CHECK(status_of(serving, "/metrics") == "200");
  CHECK(status_of(serving, "/openapi.json") == "200");
  CHECK(Client(serving.address).get("/v1/health").find(R"("busy":3)") != std::string::npos);

  slow.pop_back();
  CHECK(eventually([&] { return flows_are_told(serving); }));
}

TEST_CASE("a long answer that is being read is not given up for whoever comes") {
  const ServingFlows serving(5'000);
  std::vector<Client> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back(serving.address, 2).send(ask_for_all);
    CHECK(is_ok(readers.back().read_until("\r\n\r\n")));
  }
  std::deque<Stranger> strangers;
  for (int i = 0; i < 200; ++i) strangers.emplace_back(serving.address, 3 + i).send("G");
  CHECK(is_served_in_time(serving.address));
  for (Client& reader : readers) {
    CHECK(reader.read_until("\r\n0\r\n\r\n").ends_with("\r\n0\r\n\r\n"));
  }
}

TEST_CASE("whoever does not read his long answer loses it, and no more of it is kept") {
  const ServingFlows serving(1'000'000, {.answer = 200ms});
  std::vector<Client> slow;
  for (int i = 0; i < 4; ++i) {
    slow.emplace_back(serving.address, 2).send(ask_for_all);
    CHECK(is_ok(slow.back().read_until("\r\n\r\n")));
  }
  CHECK(eventually([&] { return flows_are_told(serving); }));
  CHECK(eventually(
      [&] { return serving.world.routes.refusals().count_of(Refusal::slow_reader) == 4; }));
  CHECK(slow.front().read_to_end().ends_with("[reset]"));  // and not as if it were whole
}

TEST_CASE("slow readers of long answers cost no memory") {
  const ServingFlows serving(10'000'000);
  CHECK(flows_are_told(serving));
  const auto before = resident_bytes();
  std::deque<Stranger> slow;
  for (int i = 0; i < 60; ++i) {
    slow.emplace_back(serving.address, 2 + i / 8).send(ask_for_all);
  }
  for (int i = 0; i < 20; ++i) CHECK(is_served_in_time(serving.address));
  CHECK(resident_bytes() - before < allowed_growth + (4 << 20));  // two pieces of four answers
}

TEST_CASE("whoever slams the door in the middle of an answer leaves nothing behind") {
  const ServingFlows serving(1'000'000);
  for (int round = 0; round < 20; ++round) {
    std::deque<Stranger> strangers;
    for (int i = 0; i < 8; ++i) strangers.emplace_back(serving.address, 2).send(ask_for_all);
    CHECK(is_served_in_time(serving.address));
    for (Stranger& stranger : strangers) stranger.slam();
  }
  CHECK(eventually([&] { return flows_are_told(serving); }));
}

TEST_CASE("a client that has said all, and listens, is answered in full") {
  const ServingFlows serving(3'000);
  Client client(serving.address);
  client.send("GET /v1/health HTTP/1.1\r\n\r\n");
  client.send(ask_for_all);
  REQUIRE(::shutdown(client.fd(), SHUT_WR) == 0);
  const std::string answers = client.read_to_end();
  CHECK(is_ok(answers));
  CHECK(answers.ends_with("\r\n0\r\n\r\n"));
}

TEST_CASE("a client that has said half, and can say no more, is let go at once") {
  const Serving serving({.request = 60s, .idle = 60s});
  for (const char* half : {"", "GET /v1/health HTTP/1.1\r\n"}) {
    Client client(serving.address);
    client.send(half);
    REQUIRE(::shutdown(client.fd(), SHUT_WR) == 0);
    CHECK(client.read_to_end().empty());
  }
}
