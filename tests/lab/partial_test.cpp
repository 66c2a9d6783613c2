// What cannot be known is said, and does not keep the rest from being shown (trap 25).
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

using SteadyClock = std::chrono::steady_clock;

/// client -> server, as in TwoHosts, but at the server something else answers in the daemon's
/// place.
struct BadPeer {
  TwoHosts hosts;
  Program& server = serve(hosts.server, 80);
  Program& client = hold(hosts.client, "10.0.0.2", 80);
  Daemon daemon = Daemon(hosts.client);

  /// The edge is shown, its end is marked, the exit status is 4, and all of it in the time limit.
  void check(const std::string& state) {
    const std::string one_sided = lines({arrow(node(client), "10.0.0.2", "10.0.0.2:80")});
    REQUIRE(seen(hosts.client, arguments, one_sided) == one_sided);
    const auto begun = SteadyClock::now();
    Argv words = arguments;
    words.insert(words.end(), {"-o", "json"});
    const Outcome outcome = ask(hosts.client, words);
    CHECK(SteadyClock::now() - begun < 3s);
    CHECK(outcome.status == 4);
    CHECK(host_states(outcome.out) == lines({"client ok", "10.0.0.2 " + state}));
    const auto graph = nlohmann::json::parse(outcome.out);
    CHECK(graph.at("complete") == false);
    CHECK_FALSE(graph.at("warnings").empty());
    CHECK(ask(hosts.client, arguments).status == 4);
  }

  const Argv arguments = {"deps", "10.0.0.1", "--host-timeout", "1s", "--timeout", "2s"};
};

}  // namespace

TEST_CASE("trap 25: a host without a daemon is shown as unreachable") {
  BadPeer().check("unreachable");
}

TEST_CASE("trap 25: a host that is silent is shown as timed out") {
  for (const std::string how : {"hang", "drip"}) {
    CAPTURE(how);
    BadPeer bad;
    await(bad.hosts.server.start(actor("bad_peer.py", {how})), 18870);
    bad.check("timeout");
  }
}

TEST_CASE("trap 25: a host that answers nonsense, or 10 MB, is not believed") {
  for (const std::string how : {"garbage", "huge"}) {
    CAPTURE(how);
    BadPeer bad;
    await(bad.hosts.server.start(actor("bad_peer.py", {how})), 18870);
    bad.check("untrusted");
  }
}

TEST_CASE("trap 25: an empty answer says why") {
  TwoHosts hosts;
  hosts.watch();
  const Outcome nothing = ask(hosts.client, {"deps", "10.0.0.2:4711"});
  CHECK(nothing.status == 3);
  CHECK((nothing.out + nothing.err).size() > 20);
  const Outcome no_daemon = ask(hosts.client, {"deps", "10.0.0.77"});
  CHECK(no_daemon.status != 0);
  CHECK(no_daemon.err.find("10.0.0.77") != std::string::npos);
}
