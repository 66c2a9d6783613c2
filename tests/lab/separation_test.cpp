// The daemon's two processes: what each may do, and what is left when one of them dies.
#include <doctest/doctest.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.h"
#include "lab/daemon_processes.h"
#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr const char* no_capability = "0000000000000000";

/// Inodes of the sockets that a process holds.
std::set<std::string> sockets_of(pid_t pid) {
  std::set<std::string> inodes;
  const auto fds = "/proc/" + std::to_string(pid) + "/fd";
  for (const auto& fd : std::filesystem::directory_iterator(fds)) {
    std::error_code gone;
    const std::string what = std::filesystem::read_symlink(fd.path(), gone);
    if (what.starts_with("socket:[")) inodes.insert(what.substr(8, what.size() - 9));
  }
  return inodes;
}

/// Inodes of every socket of the Internet in the network namespace of that process.
std::set<std::string> internet_sockets(pid_t pid) {
  std::set<std::string> inodes;
  for (const char* table : {"tcp", "tcp6", "udp", "udp6", "raw", "raw6"}) {
    std::istringstream file(read_file("/proc/" + std::to_string(pid) + "/net/" + table));
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string word;
      for (int column = 0; column < 10; ++column) words >> word;
      inodes.insert(word);
    }
  }
  return inodes;
}

std::size_t internet_sockets_held(pid_t pid) {
  const auto held = sockets_of(pid);
  const auto all = internet_sockets(pid);
  return static_cast<std::size_t>(std::count_if(
      held.begin(), held.end(), [&](const auto& inode) { return all.contains(inode); }));
}

/// Lines of /proc/PID/maps: memory that is shared with others or with the kernel, and can be
/// written there. What is mapped of the C library's own files can only be read.
std::vector<std::string> shared_memory(pid_t pid) {
  std::vector<std::string> shared;
  std::istringstream maps(read_file("/proc/" + std::to_string(pid) + "/maps"));
  for (std::string line; std::getline(maps, line);) {
    const bool is_written = line.find(" rw-s ") != std::string::npos;
    if (is_written || line.find("anon_inode:") != std::string::npos) shared.push_back(line);
  }
  return shared;
}

/// A host with a server and three connections to it, watched.
struct Watched {
  explicit Watched(Argv options = {}) : daemon(prepare(), std::move(options)) {}
  Host& prepare() {
    serve(host, 80);
    hold(host, "10.0.0.2", 80, 3);
    return host;
  }
  [[nodiscard]] pid_t collector() const { return daemon.program().pid(); }
  [[nodiscard]] pid_t server() const { return server_of(daemon.program()); }
  [[nodiscard]] json answer() const { return daemon.json("/v1/flows?port=80&role=passive"); }
  [[nodiscard]] std::uint64_t held() const {
    const json flows = answer().at("flows");
    std::uint64_t sum = 0;
    for (const json& flow : flows) {
      sum += flow.at("connections").at("now").get<std::uint64_t>();
    }
    return sum;
  }
  bool sees_all() const {
    return eventually(10s, [&] { return held() == 3; });
  }

  Lab lab;
  Host& host = lab.host("server", "10.0.0.2");
  Daemon daemon;
};

/// The user's that some daemon of the system has; root would be none.
constexpr const char* other_user = "nobody";

}  // namespace

TEST_CASE(
    "the server has no capability and no way to one, and the collector no socket to be reached "
    "by") {
  const Watched watched;
  REQUIRE(watched.server() != 0);
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
    CAPTURE(set);
    CHECK(status_line(watched.server(), set) == no_capability);
  }
  CHECK(status_line(watched.server(), "NoNewPrivs") == "1");
  CHECK(status_line(watched.collector(), "NoNewPrivs") == "1");
  CHECK(internet_sockets_held(watched.server()) == 2);  // IPv4 and IPv6
  CHECK(internet_sockets_held(watched.collector()) == 0);
}

TEST_CASE("the collector keeps no capability that watching does not take") {
  const Watched watched;
  // DAC_READ_SEARCH, SYS_PTRACE, PERFMON, BPF: by their bits in <linux/capability.h>.
  constexpr std::uint64_t of_watching = 1U << 2U | 1U << 19U | 1ULL << 38U | 1ULL << 39U;
  const auto held =
      ttq::parse_integer<std::uint64_t>(status_line(watched.collector(), "CapPrm"), 16);
  REQUIRE(held);
  CHECK((*held & ~of_watching) == 0);
}

TEST_CASE(
    "whoever answers next knows at once how things stand, however far away the next look is") {
  Watched watched({"--interval", "40s", "--probe", "netlink"});
  for (int round = 0; round < 2; ++round) {  // the second is started after a pause
    const pid_t killed = watched.server();
    REQUIRE(killed != 0);
    ::kill(killed, SIGKILL);
    REQUIRE(eventually(10s, [&] {
      return watched.server() != 0 && watched.server() != killed &&
             watched.daemon.get("/v1/host").status == 200;
    }));
    CHECK(watched.daemon.json("/v1/host").at("host").at("addresses").dump().find("10.0.0.2") !=
          std::string::npos);
    CHECK(watched.daemon.metric("ttracerd_interval_seconds") == 40);
    CHECK(watched.daemon.metric("ttracerd_ticks_total") == 1);
  }
}

TEST_CASE("a server that is killed is replaced, and nothing of the open window is missing") {
  Watched watched({"--window", "1h"});
  REQUIRE(watched.sees_all());
  const json before = watched.answer();
  for (int round = 0; round < 3; ++round) {
    const pid_t killed = watched.server();
    REQUIRE(killed != 0);
    ::kill(killed, SIGKILL);
    CHECK(eventually(10s, [&] { return watched.server() != 0 && watched.server() != killed; }));
    CHECK(eventually(10s, [&] { return watched.daemon.get("/v1/health").status == 200; }));
  }
  REQUIRE(watched.sees_all());
  const json after = watched.answer();
  REQUIRE(after.at("flows").size() == before.at("flows").size());
  CHECK(after.at("flows")[0].at("first_seen") == before.at("flows")[0].at("first_seen"));
  CHECK(after.at("host").at("instance") == before.at("host").at("instance"));
  REQUIRE(after.at("coverage").size() == 1);
  CHECK(after.at("coverage")[0].at("since") == before.at("coverage")[0].at("since"));
  CHECK(watched.daemon.metric("ttracerd_server_restarts_total") == 3);
  CHECK(watched.daemon.program().log().find("the server has ended with status 137") !=
        std::string::npos);
  CHECK(watched.daemon.stop() == 0);
}

TEST_CASE(
    "a server that replaces another has no part in what the collector shares with the kernel") {
  if (const auto obstacle = event_obstacle(); !obstacle.empty()) {
    MESSAGE("no events here: " << obstacle);
    return;
  }
  const Watched watched(by_events());
  CHECK(shared_memory(watched.server()).empty());
  CHECK_FALSE(shared_memory(watched.collector()).empty());
  const pid_t killed = watched.server();
  ::kill(killed, SIGKILL);
  REQUIRE(eventually(10s, [&] { return watched.server() != 0 && watched.server() != killed; }));
  REQUIRE(eventually(10s, [&] { return watched.daemon.get("/v1/health").status == 200; }));
  CHECK(shared_memory(watched.server()) == std::vector<std::string>{});
}

TEST_CASE("where the collector dies, the server says so, lets go of everything and ends") {
  Watched watched;
  REQUIRE(watched.sees_all());
  const pid_t server = watched.server();
  ::kill(watched.collector(), SIGKILL);
  CHECK(eventually(10s, [&] { return ::kill(server, 0) != 0; }));
  CHECK(watched.daemon.program().log().find("the collector has died") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(watched.daemon.socket()));
  watched.daemon.start();
  CHECK(watched.sees_all());
}

TEST_CASE("started by root, both processes are another user's, and so is all that they write") {
  const passwd* user = ::getpwnam(other_user);
  REQUIRE(user != nullptr);
  const uid_t uid = user->pw_uid;
  const auto owner = [](const std::filesystem::path& path) {
    struct stat file {};
    return ::lstat(path.c_str(), &file) == 0 ? std::optional(file.st_uid) : std::nullopt;
  };
  Lab lab;
  Host& host = lab.host("server", "10.0.0.2");
  serve(host, 80);
  hold(host, "10.0.0.2", 80, 3);
  REQUIRE(std::filesystem::create_directory(host.dir() / "run"));
  Daemon daemon(host, Manner{.options = {"--user", other_user, "--group", "daemon"},
                             .socket = "run/api.sock"});
  const std::string ids = std::to_string(uid);
  for (const pid_t pid : {daemon.program().pid(), server_of(daemon.program())}) {
    CHECK(status_line(pid, "Uid") == ids + "\t" + ids + "\t" + ids + "\t" + ids);
  }
  CHECK(owner(host.dir() / "store") == uid);
  CHECK(owner(host.dir() / "run") == uid);
  struct stat socket {};
  REQUIRE(::stat(daemon.socket().c_str(), &socket) == 0);
  CHECK((socket.st_mode & 07777) == 0660);
  CHECK(socket.st_gid == ::getgrnam("daemon")->gr_gid);
  CHECK(eventually(10s, [&] {
    const json flows = daemon.json("/v1/flows?port=80&role=passive").at("flows");
    return flows.size() == 1 && flows[0].at("process").at("name") == "python3";
  }));
  const pid_t killed = server_of(daemon.program());
  ::kill(killed, SIGKILL);
  CHECK(eventually(10s, [&] { return daemon.get("/v1/health").status == 200; }));
  CHECK(daemon.stop() == 0);
  CHECK_FALSE(std::filesystem::exists(daemon.socket()));
}

TEST_CASE("a user or group that does not exist is said, and nothing is started") {
  Lab lab;
  const Host& host = lab.host("server", "10.0.0.2");
  const auto complaint = [&](const Argv& options) {
    const Outcome outcome = host.run(daemon_command(host, Manner{.options = options}));
    CHECK(outcome.status == 1);
    return outcome.err;
  };
  CHECK(complaint({"--user", "no-such-user"}) ==
        "<3>ttracerd: user: there is no user \"no-such-user\"\n");
  CHECK(complaint({"--user", other_user, "--group", "no-such-group"}) ==
        "<3>ttracerd: group: there is no group \"no-such-group\"\n");
}
