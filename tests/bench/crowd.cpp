#include "bench/crowd.h"

#include <algorithm>
#include <vector>

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;
using lab::Program;

constexpr unsigned least_pairs = 4;
constexpr unsigned most_by_each = 10'000;  // of the 20,000 that RLIMIT_NOFILE often allows
constexpr unsigned first_port = 20'000;

}  // namespace

void hold(Site& site, unsigned count, Side side) {
  const bool here_serves = side == Side::here_serves;
  const std::string address = here_serves ? site.here.address() : site.far.address();
  const auto start = [&](bool here, const lab::Argv& argv) -> Program& {
    return here ? site.start_here(argv) : site.start_far(argv);
  };
  const unsigned pairs = std::max(least_pairs, (count + most_by_each - 1) / most_by_each);
  std::vector<Program*> clients;
  for (unsigned pair = 0; pair < pairs; ++pair) {
    const std::string port = std::to_string(first_port + pair);
    await_word(start(here_serves, {bench_program("bench-holder"), "serve", address, port}),
               "serving", 10s);
    clients.push_back(&start(!here_serves, {bench_program("bench-holder"), "connect", address, port,
                                            std::to_string(count / pairs)}));
  }
  for (Program* client : clients) await_word(*client, "held", 300s);
}

}  // namespace ttq::bench
