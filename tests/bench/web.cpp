#include "bench/web.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "lab/servers.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* configuration = R"(
daemon off;
user root;
worker_processes 2;
error_log stderr;
events { worker_connections 65536; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_header_timeout 1h;
  server {
    # A queue for each worker: else one of them may be given more connections than it has
    # descriptors for.
    listen 80 reuseport backlog=4096;
    root .;
  }
}
)";

unsigned descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<unsigned>(limit.rlim_max);
}

/// A load is one process, and may have fewer descriptors than connections are wanted: the rest is
/// held by another, and says nothing. Returns how many are left for the load.
unsigned hold_what_is_too_much(Site& site, unsigned connections) {
  const unsigned most = descriptors() - 64;
  if (connections <= most) return connections;
  lab::Program& rest =
      site.start_far({bench_program("bench-holder"), "connect", site.here.address(), "80",
                      std::to_string(connections - most)});
  await_word(rest, "held", 30s);
  return most;
}

/// wrk's "1.25ms", "830.00us", "1.02s".
double microseconds_of(const std::string& text) {
  std::istringstream words(text);
  double value = 0;
  std::string unit;
  words >> value >> unit;
  return value * (unit == "us" ? 1 : unit == "ms" ? 1e3 : unit == "s" ? 1e6 : 60e6);
}

std::optional<Answers> parse_wrk(const std::string& text) {
  Answers answers;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    std::string value;
    words >> name >> value;
    if (name == "Latency" && value != "Distribution") answers.mean = microseconds_of(value);
    if (name == "50%") answers.p50 = microseconds_of(value);
    if (name == "99%") answers.p99 = microseconds_of(value);
    if (name == "Requests/sec:") answers.per_second = std::stod(value);
  }
  if (answers.per_second <= 0) return std::nullopt;
  return answers;
}

}  // namespace

void serve_web(Site& site) {
  site.here.write("index.html", std::string(612, 'x'));
  const auto config = site.here.write("nginx.conf", configuration);
  lab::await(site.start_here({"nginx", "-p", site.here.dir(), "-c", config, "-g",
                              "worker_rlimit_nofile " + std::to_string(descriptors()) + ";" +
                                  "pid " + (site.here.dir() / "nginx.pid").string() + ";"}),
             80);
}

std::optional<Answers> run_wrk(Site& site, unsigned connections, std::chrono::seconds length,
                               Manner manner) {
  const std::string count = std::to_string(std::min(connections, descriptors() - 64));
  const std::string seconds = std::to_string(length.count());
  lab::Argv command = {
      "wrk",       "-t1",       "-c" + count, "-d" + seconds,
      "--latency", "--timeout", "10s",        "http://" + site.here.address() + "/"};
  if (manner == Manner::closed) command.insert(command.end(), {"--header", "Connection: close"});
  return parse_wrk(lab::must_run(command, site.far.netns()));
}

Pacer::Pacer(Site& site, unsigned connections, unsigned rate) {
  const unsigned own = hold_what_is_too_much(site, connections);
  start(site, {bench_program("bench-pacer"), site.here.address(), "80", "--connections",
               std::to_string(own), "--rate", std::to_string(rate)});
}

Pacer::Pacer(Site& site, unsigned rate) {
  start(site, {bench_program("bench-visitor"), site.here.address(), "80", "--rate",
               std::to_string(rate)});
}

void Pacer::start(Site& site, const lab::Argv& argv) {
  program_ = &site.start_far(argv);
  await_word(*program_, "pacing", 60s);
  heard_ = program_->log().size();
}

std::string Pacer::tell() {
  std::string said;
  ::kill(program_->pid(), SIGUSR1);
  const bool told = lab::eventually(10s, [&] {
    said = program_->log().substr(heard_);
    return said.ends_with('\n');
  });
  if (!told) lab::give_up("the paced load: " + program_->log());
  heard_ += said.size();
  return said;
}

Answers Pacer::listen(std::chrono::milliseconds length) {
  tell();
  std::this_thread::sleep_for(length);
  const json said = json::parse(tell(), nullptr, false);
  if (!said.is_object()) lab::give_up("the paced load: " + program_->log());
  return {.per_second = said.at("per_second").get<double>(),
          .mean = said.at("mean").get<double>(),
          .p50 = said.at("p50").get<double>(),
          .p99 = said.at("p99").get<double>()};
}

}  // namespace ttq::bench
