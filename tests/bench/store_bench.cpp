// What the store costs: bytes on disk, bytes written, memory, and the time of an answer.
//
//   store-bench [--quick] [day1000] [day10000] [month1000] [month10000]
//
// The history is made up (made_history.h) and written at full speed by the store that the daemon
// has. Answers are asked for over HTTP on a UNIX socket, from the daemon's own routes and server.
// Days that are long past are written in windows of an hour, which is what they are folded into
// anyway: a month of minutes would take the time of a coffee for each run.
//
// Prints one JSON object a line for each figure; progress goes to stderr.
#include <malloc.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "api/http_server.h"
#include "api/routes.h"
#include "base/unique_fd.h"
#include "made_history.h"
#include "store/rocks_store.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

void tell(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

/// `limit`: the goal is to be at most so much.
void report(const std::string& what, const char* unit, const std::vector<double>& samples,
            std::optional<double> limit = std::nullopt) {
  std::ostringstream line;
  line << R"({"bench":"store","what":")" << what << R"(","unit":")" << unit << R"(","samples":[)";
  for (std::size_t n = 0; n < samples.size(); ++n) line << (n == 0 ? "" : ",") << samples[n];
  line << ']';
  if (limit) line << R"(,"limit":)" << *limit << R"(,"goal":"at most )" << *limit << '"';
  line << '}';
  std::puts(line.str().c_str());
  std::fflush(stdout);
}

/// A line of /proc/self/NAME that begins so: its number.
double proc_number(const char* name, std::string_view begin) {
  std::ifstream in(std::string("/proc/self/") + name);
  for (std::string line; std::getline(in, line);) {
    if (line.compare(0, begin.size(), begin) == 0) return std::stod(line.substr(begin.size()));
  }
  return 0;
}

double rss_mib() { return proc_number("status", "VmRSS:") / 1024; }
double peak_rss_mib() { return proc_number("status", "VmHWM:") / 1024; }
void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }
double bytes_written() { return proc_number("io", "wchar:"); }

double bytes_in(const fs::path& dir) {
  double bytes = 0;
  for (const auto& entry : fs::directory_iterator(dir)) {
    std::error_code gone;
    const auto size = entry.file_size(gone);
    if (!gone) bytes += static_cast<double>(size);
  }
  return bytes;
}

struct Scratch {
  Scratch() {
    std::string name = (fs::temp_directory_path() / "ttq-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::perror("mkdtemp");
    path = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};

/// A store with a history, and a server that speaks of it.
struct World {
  World(std::size_t flows, Keeping kept) : history(flows), keeping(kept) { open(); }

  void open() {
    auto opened = RocksStore::open(scratch.path / "store", keeping);
    if (opened) store = *std::move(opened);
    if (!store) std::exit(1);
  }
  /// Closed and opened, so that nothing is in buffers, and compacted.
  void compact() {
    pack();
    store.reset();
    open();
    pack();
  }
  void pack() {
    if (!store->compact()) std::exit(1);
  }
  [[nodiscard]] double bytes() const { return bytes_in(scratch.path / "store"); }

  Scratch scratch;
  bench::MadeHistory history;
  Keeping keeping;
  std::unique_ptr<RocksStore> store;
};

/// Asks on a connection of its own, and only counts what comes.
std::size_t ask(const std::string& socket, const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  socket.copy(name.sun_path, sizeof name.sun_path - 1);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) return 0;
  const std::string head = "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  if (::send(fd.get(), head.data(), head.size(), MSG_NOSIGNAL) < 0) return 0;
  std::size_t bytes = 0;
  static std::array<char, 64 << 10> buffer;
  for (;;) {
    const auto count = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) return bytes;
    bytes += static_cast<std::size_t>(count);
  }
}

std::string spelled(std::size_t flows) {
  return flows < 1000 ? std::to_string(flows) : std::to_string(flows / 1000) + ",000";
}

void answer_times(World& world, Time now, std::size_t count, const char* state, int rounds) {
  const std::string flows = spelled(count) + state;
  const Routes routes(*world.store, {.host = [] { return Host{.name = "bench"}; },
                                     .health = [] { return Health{.ticks = 1}; },
                                     .clock = [now] { return now; }});
  const std::string socket = (world.scratch.path / "api.sock").string();
  auto sockets = ListenSocket::open_all({{.unix_path = socket}});
  if (!sockets) {
    tell(sockets.error().message);
    std::exit(1);
  }
  const auto server = HttpServer::start(*std::move(sockets), routes, Audience::everybody);
  if (!server) {
    tell(server.error().message);
    std::exit(1);
  }
  const struct {
    const char* name;
    Duration span;
    std::optional<double> limit;  ///< of 10,000 flows, in ms
  } questions[] = {{"the last hour", 1h, 30}, {"24 h", 24h, {}}, {"30 d", 24h * 30, 150}};
  for (const auto& question : questions) {
    const std::string path = "/v1/flows?limit=10000&since=" + print_time(now - question.span) +
                             "&until=" + print_time(now);
    std::size_t bytes = ask(socket, path);
    ::malloc_trim(0);
    forget_peak();
    const double before = rss_mib();
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) {
      const auto begun = Clock::now();
      bytes = ask(socket, path);
      times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
    }
    const std::string of = std::string("/v1/flows, ") + question.name + ", " + flows + " flows";
    report(of, "ms", times, count == 10'000 ? question.limit : std::nullopt);
    report(of + ": bytes", "B", {static_cast<double>(bytes)});
    report(of + ": RSS grows by, at its peak", "MiB", {peak_rss_mib() - before});
  }
}

void flush_costs(World& world, Time now, const std::string& flows) {
  std::vector<double> times;
  for (int round = 0; round < 20; ++round) {
    const auto begun = Clock::now();
    if (!world.history.flush_unchanged(*world.store, now)) std::exit(1);
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begun).count());
  }
  report("a flush in which nothing changed, " + flows + " flows", "us", times);
}

void write(World& world, const Span& span, bench::Tempo tempo, const char* what) {
  const auto begun = Clock::now();
  if (!world.history.write(*world.store, span, tempo)) {
    tell("the store failed");
    std::exit(1);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  tell(std::string(what) + ": " + std::to_string(world.history.flow_windows()) +
       " flow-windows so far, " + std::to_string(seconds) + " s");
}

/// A day of minutes: what a flow-window costs.
void day(std::size_t flows, Duration length) {
  const std::string of = ", " + spelled(flows) + " flows, " + print_duration(length);
  World world(flows, {.max_bytes = 8ULL << 30});
  const Time start = parse_time("2026-03-01T00:00:00Z").value();
  forget_peak();
  const double written = bytes_written();
  write(world, {start, start + length}, {}, "a day of minutes");
  const auto rows = static_cast<double>(world.history.flow_windows());
  report("RSS of the writer, at its peak" + of, "MiB", {peak_rss_mib()});
  report("bytes per flow-window, before compaction" + of, "B", {world.bytes() / rows});
  world.compact();
  report("bytes per flow-window" + of, "B", {world.bytes() / rows}, 16);
  report("bytes written per flow-window" + of, "B", {(bytes_written() - written) / rows});
  report("bytes written per byte kept" + of, "", {(bytes_written() - written) / world.bytes()});
  flush_costs(world, start + length - 1s, spelled(flows));
}

/// A month: 28 days of hours and the rest in minutes.
void month(std::size_t flows, Duration minutes, int rounds) {
  World world(flows, {.max_bytes = 8ULL << 30});
  const Time start = parse_time("2026-03-01T00:00:00Z").value();
  const Time recent = start + 24h * 30 - minutes;
  // So that the last hour is not a whole one by the clock.
  const Time now = start + 24h * 30 - 23min;
  write(world, {start, recent}, {.window = 1h, .flush = 30min}, "days of hours");
  write(world, {recent, now}, {}, "the last days of minutes");
  const std::string of =
      ", " + spelled(flows) + " flows, 30 d of which " + print_duration(minutes) + " in minutes";
  report("bytes before compaction" + of, "MiB", {world.bytes() / (1 << 20)});
  answer_times(world, now, flows, "", rounds);
  world.compact();
  report("bytes" + of, "MiB", {world.bytes() / (1 << 20)},
         flows == 1000 ? std::optional(100.0) : std::nullopt);
  answer_times(world, now, flows, " compacted", rounds);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> given(argv + 1, argv + argc);
  const auto has = [&](const char* word) {
    return std::find(given.begin(), given.end(), word) != given.end();
  };
  const auto wanted = [&](const char* part) {
    return has(part) || std::none_of(given.begin(), given.end(),
                                     [](const auto& word) { return word.rfind("--", 0) != 0; });
  };
  const bool quick = has("--quick");
  const int rounds = quick ? 5 : 15;
  tell("RSS at the start: " + std::to_string(rss_mib()) + " MiB");
  if (wanted("day1000")) day(1'000, quick ? 2h : 12h);
  if (wanted("day10000") && !quick) day(10'000, 3h);
  if (wanted("month1000")) month(1'000, quick ? 2h : 24h, rounds);
  if (wanted("month10000") && !quick) month(10'000, 2h, rounds);
}
