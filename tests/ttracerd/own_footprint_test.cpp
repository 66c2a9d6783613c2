#include "ttracerd/own_footprint.h"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cstring>
#include <thread>

#include "confine/file_access.h"
#include "confine/privileges.h"
#include "confine/system_calls.h"
#include "ttracerd/courtesy.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t much = 64U << 20U;

/// The counters of a CPU may be behind, and an allocator may give something back meanwhile.
constexpr std::uint64_t slack = 8U << 20U;

/// Memory that is really there.
class Touched {
 public:
  Touched()
      : memory_(::mmap(nullptr, much, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    REQUIRE(memory_ != MAP_FAILED);
    std::memset(memory_, 1, much);
  }
  ~Touched() { ::munmap(memory_, much); }
  Touched(const Touched&) = delete;
  Touched& operator=(const Touched&) = delete;

 private:
  void* memory_;
};

void burn(std::chrono::nanoseconds length) {
  const auto from = thread_cpu_time();
  while (thread_cpu_time() - from < length) {
  }
}

/// What `act` returns, done by a child.
template <class Act>
int in_child(const Act& act) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(act());
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("memory is what there is now: it grows, and shrinks again") {
  const OwnFootprint own;
  const auto before = own.read().resident_bytes;
  REQUIRE(before);
  std::optional<std::uint64_t> during;
  {
    const Touched memory;
    during = own.read().resident_bytes;
  }
  const auto after = own.read().resident_bytes;
  REQUIRE(during);
  REQUIRE(after);
  CHECK(*during >= *before + much - slack);
  CHECK(*during <= *before + much + slack);
  CHECK(*after <= *before + slack);
}

TEST_CASE("CPU time is that of all threads, and of those that have ended") {
  const OwnFootprint own;
  const auto before = own.read().cpu;
  burn(20ms);
  std::thread(burn, 30ms).join();
  CHECK(own.read().cpu - before >= 50ms);
}

TEST_CASE("where /proc cannot be read, memory is not known, and CPU time is") {
  const OwnFootprint own("/nowhere");
  burn(1ms);
  CHECK_FALSE(own.read().resident_bytes);
  CHECK(own.read().cpu >= 1ms);
}

TEST_CASE("who is confined as the server is still sees what it takes") {
  const int status = in_child([] {
    const OwnFootprint own;
    if (!shed_privileges(std::nullopt, {})) return 1;
    const auto files = restrict_files({});
    if (!files || !restrict_system_calls()) return 2;
    if (*files && OwnFootprint().read().resident_bytes) return 3;  // it is too late to open it
    return own.read().resident_bytes.value_or(0) > 0 ? 0 : 4;
  });
  CHECK(status == 0);
}

TEST_CASE("statm is believed where it is what the manual says") {
  CHECK(parse_resident("2318 1204 880 200 0 500 0\n", 4096) == 1204U * 4096U);
  CHECK(parse_resident("0 0 0 0 0 0 0\n", 4096) == 0U);
  for (const char* text : {"", "\n", "2318", "2318 ", "2318 -1 0", "2318 x 0", "2318  1204 0",
                           "1 99999999999999999999 0"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_resident(text, 4096));
  }
}
