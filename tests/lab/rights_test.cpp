// A daemon that may not do everything: what it does instead, and what it says.
#include <doctest/doctest.h>

#include <algorithm>

#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

/// Root, but for BPF. Whoever may do everything as CAP_SYS_ADMIN may load programs too.
const Argv without_bpf = {"setpriv", "--bounding-set", "-bpf,-perfmon,-sys_admin", "--"};

constexpr const char* falls_back = "watching by snapshots alone: ";

/// What follows those words in its line; empty: there are none.
std::string after(const std::string& text, std::string_view words) {
  const auto found = text.find(words);
  if (found == std::string::npos) return {};
  const auto begin = found + words.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("a daemon that may not use BPF watches by looks, and says why") {
  TwoHosts hosts;
  const Program& server = serve(hosts.server, 80);
  const Program& client = hold(hosts.client, "10.0.0.2", 80);
  const Manner manner{.options = {"--probe", "auto"}, .through = without_bpf};
  hosts.daemons.emplace_back(hosts.server, manner);
  hosts.daemons.emplace_back(hosts.client, manner);
  const std::string right = lines({arrow(client, server, "10.0.0.2:80")});
  CHECK(hosts.around_server(right) == right);
  for (const Daemon& daemon : hosts.daemons) {
    const std::string log = daemon.program().log();
    CAPTURE(log);
    CHECK(after(log, falls_back).size() > 10);
  }
}

TEST_CASE("a daemon that must see events and may not does not start, and says so in one line") {
  Lab lab;
  Host& host = lab.host("server", "10.0.0.2");
  Program& daemon =
      host.start(daemon_command(host, {.options = {"--probe", "ebpf"}, .through = without_bpf}));
  CHECK(daemon.wait(10s) == 1);
  const std::string log = daemon.log();
  CAPTURE(log);
  CHECK(std::count(log.begin(), log.end(), '\n') == 1);
  CHECK(log.find("--probe netlink does without events") != std::string::npos);
}
