// The daemon as a service manager has it: what it is told and when, and what a reload does.
#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "lab/daemon.h"
#include "lab/daemon_processes.h"
#include "lab/servers.h"
#include "support/notify_socket.h"

using namespace ttq::lab;
using namespace std::chrono_literals;
using nlohmann::json;
using ttq::test::NotifySocket;

namespace {

constexpr std::chrono::milliseconds long_enough = 20s;

/// A host with a server and a client that holds a connection, and a daemon with a configuration.
class Service {
 public:
  Service() {
    serve(host_, 80);
    hold(host_, "10.0.0.2", 80, 1);
    configure("");
    program_ =
        &host_.start({"env", "NOTIFY_SOCKET=" + manager_.path().string(), "WATCHDOG_USEC=1000000",
                      ttracerd_program(), "--config", host_.dir() / "ttracerd.toml", "--store",
                      host_.dir() / "store", "--probe", "netlink"});
  }

  /// Writes its file: where it answers, and more.
  void configure(const std::string& more, const std::string& socket = "api.sock") const {
    host_.write("ttracerd.toml",
                "listen = [\"unix:" + (host_.dir() / socket).string() + "\"]\n" + more);
  }
  /// What the service manager shows of the daemon after it.
  std::string reload() const {
    ::kill(program_->pid(), SIGHUP);
    REQUIRE_FALSE(await("RELOADING=1").empty());
    std::string status = await("READY=1");
    REQUIRE_FALSE(status.empty());
    return status;
  }
  /// Another connection to the server.
  void connect() { hold(host_, "10.0.0.2", 80, 1); }
  [[nodiscard]] std::string await(std::string_view message) const {
    return manager_.await(message, long_enough);
  }
  [[nodiscard]] json flows(const std::string& socket = "api.sock") const {
    const Outcome answer =
        host_.run({"curl", "-sS", "--max-time", "20", "--unix-socket", host_.dir() / socket,
                   "http://ttracerd/v1/flows?port=80&role=passive"});
    return json::parse(answer.out, nullptr, false);
  }
  [[nodiscard]] bool logged(std::string_view line) const {
    return program_->log().find(line) != std::string::npos;
  }
  [[nodiscard]] Program& program() const { return *program_; }
  void hold_one_more() { hold(host_, "10.0.0.2", 80, 1); }

 private:
  Lab lab_;
  Host& host_ = lab_.host("server", "10.0.0.2");
  NotifySocket manager_{host_.dir()};
  Program* program_ = nullptr;
};

/// Connections to it that stand; none: nobody answered.
std::optional<int> held(const json& answer) {
  if (answer.is_discarded()) return std::nullopt;
  int sum = 0;
  for (const json& flow : answer.at("flows")) sum += flow.at("connections").at("now").get<int>();
  return sum;
}

bool sees_the_client(const json& answer) {
  return held(answer) == 1 && answer.at("flows").size() == 1;
}

/// SIGHUP, without end.
class Storm {
 public:
  explicit Storm(pid_t target)
      : thread_([this, target] {
          while (!over_) {
            ::kill(target, SIGHUP);
            std::this_thread::sleep_for(1ms);
          }
        }) {}
  ~Storm() {
    over_ = true;
    thread_.join();
  }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;

 private:
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace

TEST_CASE("once the daemon is ready, what it saw first is in its answers") {
  const Service service;
  CHECK(service.await("READY=1").find("STATUS=answers at unix:/") != std::string::npos);
  CHECK(sees_the_client(service.flows()));
}

TEST_CASE("the loop that looks gives signs of life, and says that it ends") {
  const Service service;
  for (int i = 0; i < 3; ++i) CHECK_FALSE(service.await("WATCHDOG=1").empty());
  CHECK(service.program().stop() == 0);
  CHECK_FALSE(service.await("STOPPING=1").empty());
}

TEST_CASE("a reload takes up where it answers, and nothing of the open window is missing") {
  const Service service;
  REQUIRE_FALSE(service.await("READY=1").empty());
  const json before = service.flows();
  service.configure("interval = '300ms'\nwindow = '2m'\n", "other.sock");
  service.reload();
  CHECK(service.logged("window changes with a restart only"));
  CHECK(service.logged("the configuration was read again"));
  json after;
  CHECK(eventually(10s, [&] { return sees_the_client(after = service.flows("other.sock")); }));
  CHECK(after.at("flows")[0].at("first_seen") == before.at("flows")[0].at("first_seen"));
  CHECK(after.at("host").at("instance") == before.at("host").at("instance"));
  CHECK(service.flows("api.sock").is_discarded());
  CHECK(service.program().stop() == 0);
}

TEST_CASE("what was counted of the open window is told to another server, and not counted again") {
  Service service;
  REQUIRE_FALSE(service.await("READY=1").empty());
  service.connect();
  const auto connections = [&] {
    const json answer = service.flows();
    return held(answer) == 2 ? answer.at("flows")[0].at("connections") : json();
  };
  json before;
  REQUIRE(eventually(10s, [&] { return (before = connections()).is_object(); }));
  REQUIRE(before.at("opened") == 1);
  for (int round = 0; round < 3; ++round) service.reload();
  ::kill(server_of(service.program()), SIGKILL);
  json after;
  CHECK(eventually(10s, [&] { return (after = connections()).is_object(); }));
  CHECK(after == before);
}

TEST_CASE("a reload of a configuration that is wrong leaves everything as it is") {
  const Service service;
  REQUIRE_FALSE(service.await("READY=1").empty());
  service.configure("retention = 'for ever'\n");
  const pid_t server = server_of(service.program());
  const std::string status = service.reload();
  CHECK(status.find("STATUS=answers at unix:/") != std::string::npos);
  CHECK(status.find("; the configuration stays what it was: ") != std::string::npos);
  CHECK(status.find("ttracerd.toml:2: retention: ") != std::string::npos);
  CHECK(service.logged("the configuration stays what it was: "));
  CHECK(service.logged("ttracerd.toml:2: retention: "));
  CHECK(server_of(service.program()) == server);
  CHECK(sees_the_client(service.flows()));
}

TEST_CASE("credentials that a server could not read do not cost the one that answers") {
  const Service service;
  REQUIRE_FALSE(service.await("READY=1").empty());
  const pid_t server = server_of(service.program());
  service.configure("tls = '/nonexistent'\n");
  CHECK(service.reload().find("no server can start with what was read") != std::string::npos);
  CHECK(service.logged("certificate.pem: No such file or directory"));
  CHECK(server_of(service.program()) == server);
  CHECK(sees_the_client(service.flows()));
}

TEST_CASE("where no server can start with what was read, there is one as before") {
  const Service service;
  REQUIRE_FALSE(service.await("READY=1").empty());
  service.configure("", "ttracerd.toml");  // where there is a file, and no socket
  CHECK(service.reload().find("no server can start with what was read") != std::string::npos);
  CHECK(service.logged("the configuration stays what it was: "));
  CHECK(eventually(10s, [&] { return sees_the_client(service.flows()); }));
  service.configure("");
  CHECK(service.reload().find("stays what it was") == std::string::npos);
  CHECK(service.logged("the configuration was read again"));
  CHECK(eventually(10s, [&] { return sees_the_client(service.flows()); }));
}

TEST_CASE("while a reload waits for the server to end, there are signs of life") {
  const Service service;
  REQUIRE_FALSE(service.await("READY=1").empty());
  const pid_t server = server_of(service.program());
  REQUIRE(::kill(server, SIGSTOP) == 0);
  ::kill(service.program().pid(), SIGHUP);
  REQUIRE_FALSE(service.await("RELOADING=1").empty());
  for (int i = 0; i < 3; ++i) CHECK_FALSE(service.await("WATCHDOG=1").empty());
  CHECK(server_of(service.program()) == server);
  ::kill(server, SIGCONT);
  CHECK_FALSE(service.await("READY=1").empty());
}

TEST_CASE("asked to reload without end, the daemon goes on looking, and ends when it is to") {
  Service service;
  REQUIRE_FALSE(service.await("READY=1").empty());
  const Storm storm(service.program().pid());
  service.hold_one_more();
  CHECK(eventually(
      20s, [&] { return !service.await("READY=1").empty() && held(service.flows()) == 2; }));
  ::kill(service.program().pid(), SIGTERM);
  CHECK_FALSE(service.await("STOPPING=1").empty());
  CHECK(service.program().wait(long_enough) == 0);
}
