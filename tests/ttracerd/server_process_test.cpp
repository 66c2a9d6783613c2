#include "ttracerd/server_process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "ttracerd/restart_pause.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds long_enough = 20s;

/// Its standard descriptors and those it was given, and no other.
bool has_only_its_ends(const ServerEnds& ends) {
  int others = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    if (fd > STDERR_FILENO && fd != ends.relay.get() && fd != ends.signs.get()) ++others;
  }
  return others == 1;  // the directory
}

std::string name_of(const char* file) {
  std::string name;
  std::ifstream(file) >> name;
  return name;
}

}  // namespace

TEST_CASE("a server that answers says so, hears, and ends with its status") {
  auto server = ServerProcess::start([](ServerEnds ends) {
    ends.say_ready();
    char byte = 0;
    const bool heard = ::recv(ends.relay.get(), &byte, 1, 0) == 1 && byte == 'x';
    return heard && ::recv(ends.relay.get(), &byte, 1, 0) == 0 ? 7 : 1;
  });
  REQUIRE(server);
  UniqueFd relay = server->take_relay();
  CHECK(server->await_ready());
  CHECK_FALSE(server->ended());
  REQUIRE(::send(relay.get(), "x", 1, MSG_NOSIGNAL) == 1);
  relay.reset();
  CHECK(server->await_end(long_enough) == 7);
  CHECK(server->ended() == 7);
}

TEST_CASE("a server that ends before it answers is not ready") {
  auto server = ServerProcess::start([](const ServerEnds&) { return 3; });
  REQUIRE(server);
  CHECK_FALSE(server->await_ready());
  CHECK(server->ended() == 3);
}

TEST_CASE("a server that has stored what it was told first says that, too") {
  auto server = ServerProcess::start([](ServerEnds ends) {
    ends.say_ready();
    char byte = 0;
    if (::recv(ends.relay.get(), &byte, 1, 0) == 1) ends.say_stored();
    return ends.can_say() ? 1 : 0;
  });
  REQUIRE(server);
  const UniqueFd relay = server->take_relay();
  CHECK(server->await_ready());
  REQUIRE(::send(relay.get(), "x", 1, MSG_NOSIGNAL) == 1);
  CHECK(server->await_stored(long_enough));
  CHECK(server->await_end(long_enough) == 0);
}

TEST_CASE("a server that stores nothing is not waited for for ever") {
  auto server = ServerProcess::start([](ServerEnds ends) {
    ends.say_ready();
    for (;;) ::pause();
    return 0;
  });
  REQUIRE(server);
  CHECK(server->await_ready());
  CHECK_FALSE(server->await_stored(10ms));
  CHECK_FALSE(server->ended());
  server->await_end(0ms);
}

TEST_CASE("a server that takes too long to answer is ended") {
  auto server = ServerProcess::start([](const ServerEnds&) {
    for (;;) ::pause();
    return 0;
  });
  REQUIRE(server);
  CHECK_FALSE(server->await_ready(10ms));
  CHECK(server->was_too_slow());
  CHECK(server->ended() == 128 + SIGKILL);
}

TEST_CASE("a server that was killed before it answers was not too slow") {
  auto server = ServerProcess::start([](const ServerEnds&) { return ::raise(SIGKILL); });
  REQUIRE(server);
  CHECK_FALSE(server->await_ready(long_enough));
  CHECK_FALSE(server->was_too_slow());
  CHECK(server->ended() == 128 + SIGKILL);
}

TEST_CASE("who waits for a server does something else meanwhile") {
  int rounds = 0;
  auto server = ServerProcess::start([](const ServerEnds&) {
    for (;;) ::pause();
    return 0;
  });
  REQUIRE(server);
  server->meanwhile([&] { ++rounds; });
  CHECK_FALSE(server->await_ready(10ms));
  const int while_it_started = rounds;
  CHECK(while_it_started > 0);

  auto another = ServerProcess::start([](ServerEnds ends) {
    ends.say_ready();
    for (;;) ::pause();
    return 0;
  });
  REQUIRE(another);
  another->meanwhile([&] { ++rounds; });
  REQUIRE(another->await_ready());
  rounds = 0;
  another->await_end(20ms);
  CHECK(rounds > 0);
}

TEST_CASE("a server that was killed ends as a shell would say it") {
  auto server = ServerProcess::start([](ServerEnds ends) {
    ends.say_ready();
    return ::raise(SIGKILL);
  });
  REQUIRE(server);
  CHECK(server->await_ready());
  CHECK(server->await_end(long_enough) == 128 + SIGKILL);
}

TEST_CASE("a server that does not end is killed") {
  auto server = ServerProcess::start([](ServerEnds ends) {
    ends.say_ready();
    for (;;) ::pause();
    return 0;
  });
  REQUIRE(server);
  CHECK(server->await_ready());
  CHECK(server->await_end(0ms) == 128 + SIGKILL);
}

TEST_CASE("a server has nothing open that its collector has, and a name of its own") {
  const UniqueFd secret(::open("/dev/null", O_RDONLY));  // without close-on-exec
  auto server = ServerProcess::start([](const ServerEnds& ends) {
    return has_only_its_ends(ends) && name_of("/proc/self/comm") == "ttracerd-server" ? 0 : 1;
  });
  REQUIRE(server);
  CHECK(server->await_end(long_enough) == 0);
}

TEST_CASE("a server has no part in memory that its collector shares with others") {
  constexpr std::size_t size = 4096;
  void* shared = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(shared != MAP_FAILED);
  auto server = ServerProcess::start([shared](const ServerEnds&) {
    std::array<unsigned char, 1> pages{};
    return ::mincore(shared, size, pages.data()) != 0 && errno == ENOMEM ? 0 : 1;
  });
  REQUIRE(server);
  CHECK(server->await_end(long_enough) == 0);
  ::munmap(shared, size);
}

TEST_CASE("a server that keeps ending is started less and less often, until one lasts") {
  const RestartPause::Moment start{};
  RestartPause pause;
  CHECK(pause.after(start, start + 1s) == start + 1s);
  CHECK(pause.after(start, start + 1s) == start + 1s + 250ms);
  CHECK(pause.after(start, start + 1s) == start + 1s + 500ms);
  for (int i = 0; i < 20; ++i) pause.after(start, start + 1s);
  CHECK(pause.after(start, start + 1s) == start + 61s);
  CHECK(pause.after(start, start + 600s) == start + 600s);
}
