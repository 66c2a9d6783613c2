// The walk over simulated fleets, and one question to a real daemon: the real `ttq`, its time, its
// memory, what it asks and what it gets.
//
//   walk-bench [--quick] [--hosts N] [--ttq PROGRAM] [--ttracerd PROGRAM]
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/arena.h"
#include "bench/fleet.h"
#include "bench/fleet_server.h"
#include "bench/run.h"

using namespace ttq;
using namespace ttq::bench;

namespace {

constexpr std::uint16_t peer_port = 18870;

struct Programs {
  std::string ttq = BENCH_TTQ;
  std::string ttracerd = BENCH_TTRACERD;
  bool quick = false;
  std::size_t only = 0;  ///< this many hosts; 0: all sizes
};

void print_figure(const std::string& what, std::string_view unit,
                  const std::vector<double>& samples, std::optional<double> limit = std::nullopt) {
  std::printf(R"({"bench":"walk","what":"%s","unit":"%s","samples":[)", what.c_str(),
              std::string(unit).c_str());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    std::printf("%s%.6g", i == 0 ? "" : ",", samples[i]);
  }
  std::printf("]");
  if (limit) std::printf(R"(,"limit":%g,"goal":"at most %g")", *limit, *limit);
  std::printf("}\n");
  std::fflush(stdout);
}

enum class Trouble { none, dead, slow };

std::string print_trouble(Trouble trouble) {
  if (trouble == Trouble::none) return "";
  return trouble == Trouble::dead ? ", 5 % dead" : ", 5 % answer after 2 s";
}

Run ask(const Programs& programs, const Fleet& fleet, const char* host_timeout) {
  return run({programs.ttq, "deps", fleet.address(0) + ":8080", "--output", "json", "--max-hosts",
              "100000", "--timeout", "600s", "--host-timeout", host_timeout});
}

/// How many hosts of the printed graph are in this state.
std::size_t count_hosts(const std::string& json, std::string_view state) {
  const std::string wanted = R"("state":")" + std::string(state) + "\"";
  std::size_t count = 0;
  for (auto at = json.find(wanted); at != std::string::npos; at = json.find(wanted, at + 1)) {
    ++count;
  }
  return count;
}

/// The samples of one fleet, by figure.
struct Samples {
  std::vector<double> seconds, cpu, mib, requests, connections, megabytes, answered;
};

Samples measure(const Programs& programs, const Fleet& fleet, FleetServer& server) {
  Samples samples;
  for (int i = 0; i < (programs.quick ? 1 : 3); ++i) {
    server.traffic.connections = server.traffic.requests = server.traffic.bytes = 0;
    const Run one = ask(programs, fleet, "3s");
    samples.seconds.push_back(one.milliseconds / 1000);
    samples.cpu.push_back(one.cpu_seconds);
    samples.mib.push_back(one.peak_mib);
    samples.requests.push_back(static_cast<double>(server.traffic.requests));
    samples.connections.push_back(static_cast<double>(server.traffic.connections));
    samples.megabytes.push_back(static_cast<double>(server.traffic.bytes) / 1e6);
    samples.answered.push_back(static_cast<double>(count_hosts(one.out, "ok")));
  }
  return samples;
}

void measure_fleet(const Programs& programs, Shape shape, std::size_t hosts) {
  Fleet fleet(shape, hosts);
  FleetServer server(fleet, peer_port);
  std::fprintf(stderr, "walk-bench: %zu hosts, %s\n", hosts,
               std::string(print_shape(shape)).c_str());
  ask(programs, fleet, "300s");  // every answer is made, and kept
  for (const Trouble trouble : {Trouble::none, Trouble::dead, Trouble::slow}) {
    lose_packets(trouble == Trouble::dead);
    server.weak_are_slow = trouble == Trouble::slow;
    const auto samples = measure(programs, fleet, server);
    lose_packets(false);
    const std::string what = ", " + std::to_string(hosts) + " hosts, " +
                             std::string(print_shape(shape)) + print_trouble(trouble);
    const bool is_goal = hosts == 1000 && trouble == Trouble::dead;
    print_figure("time" + what, "s", samples.seconds, is_goal ? std::optional(4.5) : std::nullopt);
    print_figure("CPU time of ttq" + what, "s", samples.cpu);
    print_figure("peak RSS of ttq" + what, "MiB", samples.mib,
                 is_goal ? std::optional(150.0) : std::nullopt);
    print_figure("hosts that answered" + what, "", samples.answered);
    print_figure("requests" + what, "", samples.requests);
    print_figure("connections" + what, "", samples.connections);
    print_figure("bytes of answers" + what, "MB", samples.megabytes);
  }
}

void measure_fleets(const Programs& programs) {
  for (const std::size_t hosts : {10U, 100U, 1000U, 5000U}) {
    if (programs.only != 0 && hosts != programs.only) continue;
    if (programs.quick && programs.only == 0 && hosts > 1000) break;
    for (const Shape shape : {Shape::star, Shape::chain, Shape::random}) {
      // One size shows what the shape does, and one shape what the size does.
      if (shape != Shape::random && (programs.quick || hosts != 1000)) continue;
      measure_fleet(programs, shape, hosts);
    }
  }
}

/// A real daemon on this machine, with something to tell: a connection of this very program.
class LocalDaemon {
 public:
  explicit LocalDaemon(const std::string& program) {
    directory_ = "/tmp/ttq-walk-bench-XXXXXX";
    if (::mkdtemp(directory_.data()) == nullptr) std::abort();
    connect_to_ourselves();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::execl(program.c_str(), program.c_str(), "--store", (directory_ + "/store").c_str(),
              "--listen", ("unix:" + socket()).c_str(), "--listen", "127.0.0.1:18871", "--flush",
              "1s", nullptr);
      ::_exit(127);
    }
  }
  LocalDaemon(const LocalDaemon&) = delete;
  LocalDaemon& operator=(const LocalDaemon&) = delete;
  ~LocalDaemon() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    std::filesystem::remove_all(directory_);
  }

  [[nodiscard]] std::string socket() const { return directory_ + "/api.sock"; }

 private:
  void connect_to_ourselves() {
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    client_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(9999);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&place);
    if (::bind(listener_.get(), generic, sizeof place) != 0) std::abort();
    if (::listen(listener_.get(), 1) != 0) std::abort();
    if (::connect(client_.get(), generic, sizeof place) != 0) std::abort();
    accepted_ = UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

  std::string directory_;
  UniqueFd listener_, client_, accepted_;
  pid_t pid_ = -1;
};

void measure_run(const std::string& what, const std::vector<std::string>& argv, int repeats,
                 int status, std::optional<double> limit) {
  std::vector<double> samples;
  for (int i = 0; i < repeats; ++i) {
    const Run one = run(argv);
    if (one.status != status) {
      std::fprintf(stderr, "walk-bench: %s: exit status %d\n", what.c_str(), one.status);
    }
    samples.push_back(one.milliseconds);
  }
  print_figure(what, "ms", samples, limit);
}

void measure_one_hop(const Programs& programs) {
  const int repeats = programs.quick ? 10 : 50;
  const LocalDaemon daemon(programs.ttracerd);
  const std::vector<std::string> by_socket{programs.ttq, "--socket", daemon.socket()};
  for (int i = 0; i < 100 && run(by_socket).status != 0; ++i) ::usleep(100'000);
  measure_run("start of an empty program (/bin/true)", {"/bin/true"}, repeats, 0, std::nullopt);
  measure_run("ttq --version", {programs.ttq, "--version"}, repeats, 0, 8);
  measure_run("ttq, one hop, UNIX socket", by_socket, repeats, 0, 15);
  measure_run("ttq, one hop, loopback", {programs.ttq, "show", "127.0.0.1", "--peer-port", "18871"},
              repeats, 0, 15);
}

Programs read_arguments(int argc, char** argv) {
  Programs programs;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool more = i + 1 < argc;
    if (word == "--quick") {
      programs.quick = true;
    } else if (word == "--hosts" && more) {
      programs.only = static_cast<std::size_t>(std::atoi(argv[++i]));
    } else if (word == "--ttq" && more) {
      programs.ttq = argv[++i];
    } else if (word == "--ttracerd" && more) {
      programs.ttracerd = argv[++i];
    } else {
      std::fprintf(stderr,
                   "walk-bench: [--quick] [--hosts N] [--ttq PROGRAM] [--ttracerd PROGRAM]\n");
      std::exit(2);
    }
  }
  return programs;
}

}  // namespace

int main(int argc, char** argv) {
  const Programs programs = read_arguments(argc, argv);
  enter_arena();
  measure_one_hop(programs);
  measure_fleets(programs);
}
