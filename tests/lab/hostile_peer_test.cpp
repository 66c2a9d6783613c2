// Hosts that mean harm to whoever asks them: nobody else hears of it, and it ends in time.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lab/picture.h"
#include "lab/servers.h"
#include "support/hostile_text.h"

using namespace ttq::lab;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int incomplete = 4;
constexpr int unusable = 5;

/// Where nobody may be asked, though a route leads there.
const std::vector<std::string> forbidden = {"169.254.169.254", "100.100.100.200", "203.0.113.7"};

/// client -> server, with a daemon at the client, somebody hostile in the daemon's place at the
/// server, and a bystander who has the forbidden addresses and hears whoever comes.
struct Hostile {
  TwoHosts hosts;
  Host& bystander = hosts.lab.host("bystander", "10.0.0.3");
  Program& server = serve(hosts.server, 80);
  Program& client = hold(hosts.client, "10.0.0.2", 80);
  Daemon daemon = Daemon(hosts.client);
  Program& recorder = record();
  /// What a ttq that runs on the client could be led to on its own host.
  Program& own_recorder = act(hosts.client, "record.py", {"127.0.0.2:18870"}, "recording");

  /// Somebody hostile begins to serve.
  Program& attack(const std::string& how) {
    Argv command = actor("hostile_peer.py", {how});
    const std::string host = daemon.json("/v1/host").at("host").dump();
    command.insert(command.begin(), {"env", "FORGED_HOST=" + host});
    return await(hosts.server.start(command), 18870);
  }

  /// Asks on the client's host; ends in time, and nobody heard of it who should not.
  Outcome ask(const Argv& arguments) {
    Argv words = {"deps", "--host-timeout", "2s", "--timeout", "5s"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const auto begun = SteadyClock::now();
    Outcome outcome = ttq::lab::ask(hosts.client, words);
    CHECK(SteadyClock::now() - begun < 10s);
    CHECK(recorder.log() == "recording\n");
    CHECK(own_recorder.log() == "recording\n");
    return outcome;
  }

  /// With the honest host as the target, until it has told of its connection.
  Outcome ask_by_way_of_client(const Argv& more = {}) {
    Argv words = {"10.0.0.1", "-o", "json"};
    words.insert(words.end(), more.begin(), more.end());
    Outcome outcome;
    REQUIRE(eventually(15s, [&] {
      outcome = ask(words);
      return outcome.out.find("10.0.0.2") != std::string::npos;
    }));
    return outcome;
  }

 private:
  Program& record() {
    Argv places = {"10.0.0.3:80", "10.0.0.3:6666"};
    for (const std::string& address : forbidden) {
      REQUIRE(bystander.run({"ip", "address", "add", address + "/32", "dev", "lo"}).status == 0);
      REQUIRE(hosts.client.run({"ip", "route", "add", address, "via", "10.0.0.3"}).status == 0);
      places.push_back(address + ":18870");
    }
    return act(bystander, "record.py", places, "recording");
  }
};

}  // namespace

TEST_CASE("the recorder of these scenes hears whoever calls") {
  Hostile scene;
  for (const std::string& address : forbidden) {
    const std::string call = "import socket; socket.create_connection(('" + address + "', 18870))";
    CHECK(scene.hosts.client.run({"python3", "-c", call}).status == 0);
    const std::string heard = "heard at " + address + ":18870";
    CHECK(eventually(5s, [&] { return scene.recorder.log().find(heard) != std::string::npos; }));
  }
}

TEST_CASE("an answer that is no report, or sends us elsewhere, ends there") {
  for (const std::string how : {"redirect", "endless", "bomb", "deep"}) {
    CAPTURE(how);
    Hostile scene;
    Program& attacker = scene.attack(how);
    const Outcome as_target = scene.ask({"10.0.0.2"});
    CHECK(as_target.status == unusable);
    CHECK(as_target.out.empty());
    CHECK(std::count(as_target.err.begin(), as_target.err.end(), '\n') == 1);
    const Outcome on_the_way = scene.ask_by_way_of_client();
    CHECK(on_the_way.status == incomplete);
    CHECK(host_states(on_the_way.out) == lines({"client ok", "10.0.0.2 untrusted"}));
    if (how != "endless") continue;
    // Eight megabytes are read, and what lies in the sockets' buffers by then.
    const auto said = [&] { return attacker.log().find("taken ") != std::string::npos; };
    REQUIRE(eventually(10s, said));
    CHECK(std::stoi(attacker.log().substr(attacker.log().find("taken ") + 6)) < 40);
  }
}

TEST_CASE("a tarpit is left at the host's deadline") {
  Hostile scene;
  scene.attack("drip");
  CHECK(scene.ask({"10.0.0.2"}).status == 1);
  const Outcome on_the_way = scene.ask_by_way_of_client();
  CHECK(on_the_way.status == incomplete);
  CHECK(host_states(on_the_way.out) == lines({"client ok", "10.0.0.2 timeout"}));
}

TEST_CASE("flows that lead to other ports, metadata, loopback or strangers lead nobody there") {
  Hostile scene;
  scene.attack("elsewhere");
  for (const std::string verb : {"deps", "impact", "show", "hosts"}) {
    for (const Argv& allowed : {Argv{}, Argv{"--allow", "private,64:ff9b::/96,2002::/16"}}) {
      Argv words = {verb, "10.0.0.2", "--host-timeout", "1s", "-o", "json"};
      words.insert(words.end(), allowed.begin(), allowed.end());
      const Outcome outcome = ask(scene.hosts.client, words);
      CAPTURE(verb);
      CHECK(outcome.status == incomplete);
      CHECK(scene.recorder.log() == "recording\n");
      CHECK(scene.own_recorder.log() == "recording\n");
    }
  }
  const Outcome outcome = scene.ask_by_way_of_client();
  CHECK(outcome.status == incomplete);
  const json graph = json::parse(outcome.out);
  const auto is_told = [&](const std::string& address, const json& why) {
    return std::any_of(graph.at("nodes").begin(), graph.at("nodes").end(), [&](const json& node) {
      return node.at("address") == address && node.at("not_asked") == why;
    });
  };
  CHECK(is_told("203.0.113.7", "outside"));
  CHECK(is_told("100.100.100.200", "forbidden"));
  CHECK(is_told("169.254.169.254", "relative"));
  CHECK(is_told("64:ff9b::a9fe:a9fe", "forbidden"));
  CHECK(outcome.out.find("\"not_allowed\"") != std::string::npos);
}

TEST_CASE("who forges the id and instance of another host is not that host, and it is said") {
  Hostile scene;
  scene.attack("forged");
  const Outcome outcome = scene.ask_by_way_of_client();
  CHECK(outcome.status == incomplete);
  CHECK(outcome.out.find("\"duplicate_host_id\"") != std::string::npos);
  const json graph = json::parse(outcome.out);
  CHECK(graph.at("hosts").size() == 2);
  CHECK(picture(outcome.out).find(node(scene.client)) != std::string::npos);
}

TEST_CASE("trap 29: escape codes in every string of a report reach no terminal") {
  Hostile scene;
  scene.attack("escapes");
  for (const std::string form : {"tree", "classic", "json", "dot"}) {
    CAPTURE(form);
    for (const std::string target : {"10.0.0.1", "10.0.0.2"}) {
      const Outcome outcome = scene.ask({target, "-o", form});
      CHECK(ttq::test::hostile_in(outcome.out, "\n") == "");
      CHECK(ttq::test::hostile_in(outcome.err, "\n") == "");
    }
  }
  const Outcome hosts = ask(scene.hosts.client, {"hosts", "10.0.0.2"});
  CHECK(ttq::test::hostile_in(hosts.out + hosts.err, "\n") == "");
  CHECK(hosts.out.find("owned") != std::string::npos);
}
