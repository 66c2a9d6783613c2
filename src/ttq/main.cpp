// ttq: which processes depend on which, over many hosts. See ttq(1).
#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "ttq/carriage.h"
#include "ttq/commands.h"
#include "ttq/kept.h"
#include "ttq/options.h"
#include "ttq/pki.h"
#include "ttq/standard_streams.h"
#include "ttq/transport.h"
#include "walk/http_peer.h"

using namespace ttq;

namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

/// The first Ctrl-C ends the walk, the second the program.
void catch_signals() {
  struct sigaction interrupt {};
  interrupt.sa_handler = [](int) { stop = true; };
  interrupt.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &interrupt, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Time wall_clock() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

Verdict verdict_of(const Result<void>& done) {
  if (done) return Verdict::complete;
  complain(done.error().message);
  return Verdict::error;
}

Verdict ask(const Options& options) {
  auto transport = open_transport(options);
  if (!transport) {
    complain(transport.error().message);
    return Verdict::error;
  }
  HttpPeer peer(*std::move(transport));
  const Clocks clocks{wall_clock, std::chrono::steady_clock::now};
  return run(peer, options, clocks, stop);
}

Verdict act(const CommandLine& line) {
  if (const auto* error = std::get_if<UsageError>(&line)) {
    complain(error->message);
    return Verdict::usage;
  }
  if (const auto* notice = std::get_if<Notice>(&line)) return verdict_of(print_out(notice->text));
  if (const auto* carriage = std::get_if<Carriage>(&line)) return verdict_of(carry(*carriage));
  if (const auto* task = std::get_if<PkiTask>(&line)) {
    return verdict_of(carry_out(*task, wall_clock()));
  }
  return ask(std::get<Options>(line));
}

}  // namespace

int main(int argc, char** argv) {
  catch_signals();
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return static_cast<int>(act(parse_command_line(arguments, wall_clock(), usual_files())));
}
