#include "lab/daemon.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/text.h"

namespace ttq::lab {
namespace {

using namespace std::chrono_literals;

std::string program_path(const char* variable, const char* built) {
  const char* wanted = std::getenv(variable);
  return wanted != nullptr ? wanted : built;
}

Argv daemon_command(const Host& host) {
  return {ttracerd_program(),
          "--host-id",
          host.name(),
          "--host-name",
          host.name(),
          "--store",
          host.dir() / "store",
          "--listen",
          "unix:" + (host.dir() / "api.sock").string(),
          "--listen",
          host.address() + ":18870",
          "--listen",
          "[" + host.address6() + "]:18870",
          "--insecure",
          "--interval",
          "200ms",
          "--flush",
          "500ms"};
}

}  // namespace

std::string ttracerd_program() { return program_path("TTRACERD", LAB_TTRACERD); }
std::string ttq_program() { return program_path("TTQ", LAB_TTQ); }

Daemon::Daemon(Host& host, Argv options) : host_(host), options_(std::move(options)) { start(); }

void Daemon::start() {
  Argv command = daemon_command(host_);
  command.insert(command.end(), options_.begin(), options_.end());
  program_ = &host_.start(command);
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

Outcome ask(const Host& host, Argv arguments) {
  arguments.insert(arguments.begin(), ttq_program());
  return host.run(arguments);
}

}  // namespace ttq::lab
