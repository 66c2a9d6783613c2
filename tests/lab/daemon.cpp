#include "lab/daemon.h"

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/text.h"

namespace ttq::lab {
namespace {

using namespace std::chrono_literals;

std::string variable_or(const char* variable, const char* otherwise) {
  const char* wanted = std::getenv(variable);
  return wanted != nullptr ? wanted : otherwise;
}

/// So that the same scenes are played under each.
std::string probe() { return variable_or("TTRACERD_PROBE", "auto"); }

void append(Argv& words, const Argv& more) { words.insert(words.end(), more.begin(), more.end()); }

}  // namespace

std::string ttracerd_program() { return variable_or("TTRACERD", LAB_TTRACERD); }
std::string ttq_program() { return variable_or("TTQ", LAB_TTQ); }

Argv daemon_command(const Host& host, const Manner& manner) {
  Argv command = manner.through;
  append(command, {ttracerd_program(), "--host-id", host.name(), "--host-name", host.name(),
                   "--store", host.dir() / (manner.name + "store"), "--listen",
                   "unix:" + (host.dir() / (manner.name + manner.socket)).string()});
  if (manner.name.empty()) {
    append(command, {"--listen", host.address() + ":18870", "--listen",
                     "[" + host.address6() + "]:18870", "--insecure"});
  }
  append(command, {"--interval", "200ms", "--flush", "500ms", "--probe", probe()});
  append(command, manner.options);
  return command;
}

Daemon::Daemon(Host& host, Manner manner) : host_(host), manner_(std::move(manner)) { start(); }

void Daemon::start() {
  program_ = &host_.start(daemon_command(host_, manner_));
  const bool up =
      eventually(20s, [&] { return !program_->running() || get("/v1/health").status == 200; });
  if (!up || !program_->running()) {
    give_up("ttracerd on " + host_.name() + ": " + program_->log());
  }
}

Reply Daemon::get(std::string_view path) const {
  constexpr std::string_view after_body = "\n%{http_code}";
  std::string text = run({"curl", "-sS", "--globoff", "--max-time", "20", "--unix-socket", socket(),
                          "-w", std::string(after_body), "http://ttracerd" + std::string(path)})
                         .out;
  const auto end = text.rfind('\n');
  if (end == std::string::npos) return {};
  const int status = parse_integer<int>(std::string_view(text).substr(end + 1)).value_or(0);
  text.resize(end);
  return {status, std::move(text)};
}

nlohmann::json Daemon::json(std::string_view path) const {
  const Reply reply = get(path);
  auto value = nlohmann::json::parse(reply.body, nullptr, false);
  if (reply.status != 200 || value.is_discarded()) {
    give_up(std::string(path) + ": " + std::to_string(reply.status) + " " + reply.body);
  }
  return value;
}

double Daemon::metric(std::string_view name) const {
  std::istringstream lines(get("/metrics").body);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string found;
    double value = 0;
    if (words >> found >> value && found == name) return value;
  }
  return -1;
}

Argv by_events(const Argv& more) {
  Argv options = {"--probe", "ebpf", "--reconcile", "500ms"};
  append(options, more);
  return options;
}

std::string event_obstacle() {
  Lab lab;
  Host& host = lab.host("trial", "10.0.0.1");
  Program& trial = host.start(daemon_command(host, {.options = by_events()}));
  const auto serves = [&] { return std::filesystem::exists(host.dir() / "api.sock"); };
  eventually(20s, [&] { return !trial.running() || serves(); });
  return trial.running() ? "" : trial.log();
}

Argv ttq_command(const Argv& arguments) {
  Argv command{ttq_program(), "--config", "/dev/null"};
  append(command, arguments);
  return command;
}

Outcome ask(const Host& host, const Argv& arguments) { return host.run(ttq_command(arguments)); }

}  // namespace ttq::lab
