// What flows over connections: bytes, segments sent again, round trips.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "lab/picture.h"
#include "lab/servers.h"
#include "lab/tally.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

/// So much is in flight at once from the beginning, so nothing is lost by being hasty.
constexpr std::uint64_t little = 8'000;

constexpr const char* counts = "opened closed now bytes_sent bytes_received retransmits";

/// Both ends as they should be after so many exchanges of `little`.
void check_exchanged(const TwoHosts& hosts, std::uint64_t exchanges, std::uint64_t closed) {
  const std::uint64_t asked = exchanges * little;
  const std::uint64_t answered = asked / 4;  // actors/exchange.py
  const Question client{hosts.daemons.at(1), "active", 80, counts};
  const Question server{hosts.daemons.at(0), "passive", 80, counts};
  const std::string at_client =
      flow_line("python3", counts, {1, closed, 1 - closed, asked, answered, 0});
  const std::string at_server =
      flow_line("python3", counts, {1, closed, 1 - closed, answered, asked, 0});
  CHECK(tally(client, at_client) == at_client);
  CHECK(tally(server, at_server) == at_server);
  for (const Question& end : {client, server}) CHECK(end.flows().at(0).at("rtt_us") > 0);
}

/// Of the last exchange, by the socket's own word; none yet: 0 and false.
std::pair<std::uint64_t, bool> sent_again(const Program& caller) {
  std::istringstream words(caller.log());
  std::string exchanged;
  std::uint64_t segments = 0;
  const bool is_told = static_cast<bool>(words >> exchanged >> segments);
  return {segments, is_told};
}

}  // namespace

TEST_SUITE_BEGIN("events");

TEST_CASE("a connection's bytes are told exactly, while it stands and when it is over") {
  TwoHosts hosts;
  const std::string size = std::to_string(little);
  act(hosts.server, "exchange.py", {"serve", "80", size}, "serving\n");
  hosts.watch(by_events());
  const std::string second = hosts.client.dir() / "second";
  const std::string third = hosts.client.dir() / "third";
  act(hosts.client, "exchange.py", {"call", "10.0.0.2", "80", size, second, third}, "exchanged");
  check_exchanged(hosts, 1, 0);
  // Looks have taken it over by now, and go on telling what flows.
  hosts.client.write("second", "");
  check_exchanged(hosts, 2, 0);
  hosts.client.write("third", "");
  check_exchanged(hosts, 3, 1);
}

TEST_CASE("what was sent again is counted as segments, and its bytes once") {
  constexpr std::uint64_t size = 4'000'000;
  TwoHosts hosts;
  const Argv lose_some = {"iptables", "-A",       "INPUT",     "-p",     "tcp", "--dport",
                          "80",       "-m",       "statistic", "--mode", "nth", "--every",
                          "20",       "--packet", "9",         "-j",     "DROP"};
  if (const Outcome outcome = hosts.server.run(lose_some); outcome.status != 0) {
    MESSAGE("skipped: iptables loses no packets here: ", outcome.err);
    return;
  }
  const std::string text = std::to_string(size);
  act(hosts.server, "exchange.py", {"serve", "80", text}, "serving\n");
  hosts.watch(by_events());
  const Program& caller =
      act(hosts.client, "exchange.py", {"call", "10.0.0.2", "80", text}, "exchanged");
  REQUIRE(eventually(10s, [&] { return sent_again(caller).second; }));
  const std::uint64_t segments = sent_again(caller).first;
  CHECK(segments > 0);
  const std::string told = flow_line("python3", counts, {1, 1, 0, size, size / 4, segments});
  CHECK(tally({hosts.daemons.at(1), "active", 80, counts}, told) == told);
}

TEST_SUITE_END();
