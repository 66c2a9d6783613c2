#include "ttracerd/service_manager.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>

#include "support/notify_socket.h"

using namespace ttq;
using namespace std::chrono_literals;
using ttq::test::NotifySocket;

namespace {

/// The variables of a service manager, and a socket that hears what is said; gone in the end.
class Started {
 public:
  Started() {
    ::setenv("NOTIFY_SOCKET", socket_.path().c_str(), 1);
    ::setenv("WATCHDOG_USEC", "2000000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  }
  ~Started() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    std::filesystem::remove_all(dir_);
  }
  Started(const Started&) = delete;
  Started& operator=(const Started&) = delete;

  /// Whatever has been said by now; empty: nothing.
  [[nodiscard]] std::string heard() const { return socket_.next(0ms); }

 private:
  static std::filesystem::path make_directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "notify-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }

  std::filesystem::path dir_ = make_directory();
  NotifySocket socket_{dir_};
};

constexpr ServiceManager::Moment start{1h};

}  // namespace

TEST_CASE("a service manager hears that the daemon is ready, reloads and ends") {
  const Started started;
  const auto manager = ServiceManager::from_environment();
  manager.say_ready("answers\nMAINPID=1");
  CHECK(started.heard() == "READY=1\nSTATUS=answers\xEF\xBF\xBDMAINPID=1");
  manager.say_reloading(start);
  CHECK(started.heard() == "RELOADING=1\nMONOTONIC_USEC=3600000000");
  manager.say_ending();
  CHECK(started.heard() == "STOPPING=1");
  CHECK(started.heard().empty());
}

TEST_CASE(
    "signs of life are given in half the time that the service manager waits, and no oftener") {
  const Started started;
  auto manager = ServiceManager::from_environment();
  manager.say_alive(start);
  CHECK(started.heard() == "WATCHDOG=1");
  CHECK(manager.next_sign() == start + 1s);
  manager.say_alive(start + 999ms);
  CHECK(started.heard().empty());
  manager.say_alive(start + 1s);
  CHECK(started.heard() == "WATCHDOG=1");
}

TEST_CASE("what the service manager said is for this process alone") {
  const Started started;
  const auto manager = ServiceManager::from_environment();
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
    CHECK(std::getenv(name) == nullptr);
  }
}

TEST_CASE("a watchdog for another process, or none, is given no signs") {
  for (const char* pid : {"1", "x"}) {
    const Started started;
    ::setenv("WATCHDOG_PID", pid, 1);
    CHECK_FALSE(ServiceManager::from_environment().next_sign());
  }
  for (const char* limit : {"0", "-5", "soon", "99999999999999999999"}) {
    const Started started;
    ::setenv("WATCHDOG_USEC", limit, 1);
    CHECK_FALSE(ServiceManager::from_environment().next_sign());
  }
}

TEST_CASE("where nobody listens, nothing is said and nothing goes wrong") {
  const Started started;
  for (const char* name : {"", "/nonexistent/notify", "vsock:2:1", "notify"}) {
    ::setenv("NOTIFY_SOCKET", name, 1);
    ServiceManager::from_environment().say_ready("answers");
  }
  CHECK(started.heard().empty());
}
