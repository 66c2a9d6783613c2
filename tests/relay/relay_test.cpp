// Both ends of the relay, on a real socket.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <thread>

#include "relay/heard.h"
#include "relay/inlet.h"
#include "relay/outlet.h"
#include "store/records.h"

using namespace ttq;
using namespace ttq::test;
using namespace std::chrono_literals;

namespace {

struct Relay {
  explicit Relay(std::chrono::milliseconds patience = 10s) : outlet(patience) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
    there = UniqueFd(ends[1]);
    here = ends[0];
    REQUIRE(outlet.connect(UniqueFd(ends[0])));
  }

  /// Reads until the collector has gone.
  Result<bool> hear_all() {
    Inlet inlet(std::move(there), heard);
    for (;;) {
      auto more = inlet.next();
      if (!more || !*more) return more ? Result<bool>(inlet.was_told_farewell()) : more;
    }
  }

  Outlet outlet;
  UniqueFd there;
  int here = -1;
  Heard heard;
};

/// Several times what a socket holds.
WindowBatch large_batch() {
  WindowBatch batch{.window = minute(3), .last_look = minute(3).start};
  for (int i = 0; i < 4'000; ++i) {
    batch.flows.push_back(flow("10.1.0.1", minute(3), {.now = static_cast<std::uint64_t>(i)}));
  }
  return batch;
}

}  // namespace

TEST_CASE("a batch that is larger than the socket's buffer arrives whole") {
  Relay relay;
  const WindowBatch batch = large_batch();
  Result<bool> farewell = false;
  std::thread server([&] { farewell = relay.hear_all(); });
  CHECK(relay.outlet.take(batch));
  relay.outlet.say_farewell();
  server.join();
  REQUIRE(farewell);
  CHECK(*farewell);
  REQUIRE(relay.heard.batches.size() == 1);
  CHECK(same(relay.heard.batches[0], batch));
}

TEST_CASE("a server that does not read is not waited for any longer than was said") {
  Relay relay(20ms);
  relay.outlet.post(Health{});
  const auto taken = relay.outlet.take(large_batch());
  REQUIRE_FALSE(taken);
  CHECK(taken.error().message == "the server does not read what it is told");
  for (int i = 0; i < 1000; ++i) relay.outlet.post(Health{});  // never waits
}

TEST_CASE("that a server hears how things stand is waited for once, and known") {
  Relay relay(300ms);
  CHECK_FALSE(relay.outlet.take(large_batch()));  // fills the socket
  relay.outlet.post(Health{});
  CHECK_FALSE(relay.outlet.knows_health());
  std::thread server([&] { (void)relay.hear_all(); });
  for (int i = 0; i < 50 && !relay.outlet.knows_health(); ++i)
    relay.outlet.post(Health{.ticks = 7});
  CHECK(relay.outlet.knows_health());
  relay.outlet.disconnect();
  server.join();
  REQUIRE_FALSE(relay.heard.healths.empty());
  CHECK(relay.heard.healths.back().ticks == 7);
}

TEST_CASE("what a server did not read is told again, and it hears of it once") {
  Relay relay(300ms);
  CHECK_FALSE(relay.outlet.take(large_batch()));
  std::thread server([&] { (void)relay.hear_all(); });
  Result<void> taken = Fault{"not yet"};
  for (int i = 0; i < 50 && !taken; ++i) taken = relay.outlet.take(large_batch());
  relay.outlet.disconnect();
  server.join();
  CHECK(taken);
  REQUIRE(relay.heard.batches.size() == 1);
  CHECK(same(relay.heard.batches[0], large_batch()));
}

TEST_CASE("a server that has gone is a fault, and another one hears everything from the greeting") {
  Relay relay;
  relay.there.reset();
  CHECK_FALSE(relay.outlet.take(large_batch()));
  relay.outlet.disconnect();
  const auto taken = relay.outlet.take(large_batch());
  REQUIRE_FALSE(taken);
  CHECK(taken.error().message == "there is no server to tell it");
}

TEST_CASE("nothing comes back: the server cannot write, nor the collector read") {
  const Relay relay;
  CHECK(::send(relay.there.get(), "x", 1, MSG_NOSIGNAL) == -1);
  CHECK(errno == EPIPE);
  char byte = 0;
  CHECK(::recv(relay.here, &byte, 1, MSG_DONTWAIT) == 0);
}

TEST_CASE("a collector that goes without a farewell has died") {
  Relay relay;
  relay.outlet.post(Health{.ticks = 5});
  relay.outlet.disconnect();
  const auto farewell = relay.hear_all();
  REQUIRE(farewell);
  CHECK_FALSE(*farewell);
  REQUIRE(relay.heard.healths.size() == 1);
  CHECK(relay.heard.healths[0].ticks == 5);
}

TEST_CASE("what is no record of ours ends the hearing") {
  Relay relay;
  REQUIRE(::send(relay.here, "\x7fnonsense", 9, MSG_NOSIGNAL) == 9);
  CHECK_FALSE(relay.hear_all());
}
