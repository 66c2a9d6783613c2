// What the daemon says of its own two processes, beside what the kernel says of them to others.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "lab/daemon_processes.h"
#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

constexpr const char* cpu_seconds = "ttracerd_process_cpu_seconds_total";
constexpr const char* resident_bytes = "ttracerd_process_resident_memory_bytes";

/// The kernel tells others of two numbers of CPU time, each cut off to a hundredth of a second.
constexpr double cut_off = 0.02;
/// What a process may take and give back between two questions.
constexpr double unsteady = 4 << 20;

struct Taken {
  double cpu = 0;       ///< seconds
  double resident = 0;  ///< bytes
};

/// Fields 14, 15 and 24 of /proc/PID/stat (proc(5)); the third is the first after the name.
Taken taken_by(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  REQUIRE(stat.rfind(')') != std::string::npos);
  std::istringstream words(stat.substr(stat.rfind(')') + 1));
  std::vector<std::string> fields;
  for (std::string field; words >> field;) fields.push_back(field);
  REQUIRE(fields.size() > 21);
  const double ticks = std::stod(fields[11]) + std::stod(fields[12]);
  return {ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)),
          std::stod(fields[21]) * static_cast<double>(::sysconf(_SC_PAGESIZE))};
}

double told(const Daemon& daemon, const char* figure, const std::string& process) {
  return daemon.metric(figure + ("{process=\"" + process + "\"}"));
}

/// On one connection, each compressed anew.
void ask_often(const Daemon& daemon) {
  run({"curl", "-sS", "--compressed", "-o", "/dev/null", "--unix-socket", daemon.socket(),
       "http://ttracerd/openapi.json#[1-500]"});
}

void check_figures(const Daemon& daemon, const std::string& process, pid_t pid) {
  CAPTURE(process);
  const Taken before = taken_by(pid);
  // The collector's are as of its last tick.
  CHECK(eventually(10s, [&] { return told(daemon, cpu_seconds, process) >= before.cpu; }));
  const double cpu = told(daemon, cpu_seconds, process);
  const double resident = told(daemon, resident_bytes, process);
  const Taken after = taken_by(pid);
  CHECK(cpu <= after.cpu + cut_off);
  CHECK(resident >= std::min(before.resident, after.resident) - unsteady);
  CHECK(resident <= std::max(before.resident, after.resident) + unsteady);
  CHECK(eventually(10s, [&] { return told(daemon, cpu_seconds, process) > cpu; }));
}

}  // namespace

TEST_CASE("what both processes take is told as the kernel tells it of them, and grows") {
  Lab lab;
  const Daemon daemon(lab.host("server", "10.0.0.2"));
  const pid_t server = server_of(daemon.program());
  REQUIRE(server != 0);
  for (int round = 0; round < 20 && taken_by(server).cpu < 0.3; ++round) ask_often(daemon);
  REQUIRE(taken_by(server).cpu >= 0.3);  // so that one cannot be taken for the other, or for none
  check_figures(daemon, "server", server);
  check_figures(daemon, "collector", daemon.program().pid());
  const auto processes = daemon.json("/v1/health").at("processes");
  CHECK(processes.at("server").at("cpu_seconds") >= 0.3);
  CHECK(processes.at("collector").at("resident_bytes") > 0);
}

TEST_CASE("a server that is replaced tells of itself, and not of the one before it") {
  Lab lab;
  const Daemon daemon(lab.host("server", "10.0.0.2"));
  const pid_t first = server_of(daemon.program());
  REQUIRE(first != 0);
  for (int round = 0; round < 20 && taken_by(first).cpu < 0.3; ++round) ask_often(daemon);
  const double before = told(daemon, cpu_seconds, "server");
  REQUIRE(before >= 0.3);
  ::kill(first, SIGKILL);
  pid_t second = 0;
  REQUIRE(eventually(10s, [&] {
    second = server_of(daemon.program());
    return second != 0 && second != first && told(daemon, cpu_seconds, "server") > 0;
  }));
  CHECK(told(daemon, cpu_seconds, "server") < before);
  check_figures(daemon, "server", second);
}

TEST_CASE(
    "a daemon whose CPU budget does not do for its interval says so, and how often it looks") {
  Lab lab;
  Host& host = lab.host("server", "10.0.0.2");
  serve(host, 80);
  hold(host, "10.0.0.2", 80, 200);
  const Daemon daemon(host, {"--cpu-budget", "0.1%", "--interval", "100ms", "--probe", "netlink"});
  const auto health = [&] { return daemon.json("/v1/health"); };
  CHECK(eventually(60s, [&] {
    return health().at("degradations").dump().find("cpu_budget") != std::string::npos;
  }));
  CHECK(health().at("status") == "degraded");
  CHECK(eventually(60s, [&] { return health().at("achieved_interval_ms") > 150; }));
  CHECK(daemon.program().log().find("looks are further apart") != std::string::npos);
}
