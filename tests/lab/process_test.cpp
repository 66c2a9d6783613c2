// Which process a node is: program roots, owner sets, folding (design rule 3 and 4).
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/text.h"
#include "lab/picture.h"
#include "lab/servers.h"
#include "support/hostile_text.h"

using namespace ttq::lab;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// A manager with two apps on 8081 and 8082; the apps as the picture names them.
struct Managed {
  std::string first;
  std::string second;
};

Managed managed_apps(Host& host, const std::string& groups) {
  const Argv run_serve = {LAB_ACTORS "/serve.py", groups, "8081", "8082"};
  const Program& manager = act(host, "manager.py", run_serve, "");
  REQUIRE(eventually(10s, [&] { return serves(manager, 8081) && serves(manager, 8082); }));
  int pids[2] = {};
  std::istringstream(manager.log()) >> pids[0] >> pids[1];
  const auto name = [&](int pid) {
    const int pgid = groups == "OWN" ? pid : manager.pgid();
    return host.name() + "/python3/" + std::to_string(pgid);
  };
  return {name(pids[0]), name(pids[1])};
}

/// The flows on port 80 that the host's daemon tells of in the last hour.
json flows_of_port(const Daemon& daemon, int port) {
  return daemon.json("/v1/flows?role=active&port=" + std::to_string(port)).at("flows");
}

}  // namespace

TEST_CASE("PostgreSQL with 50 connected backends is one process") {
  TwoHosts hosts;
  const Program& database = postgres(hosts.server);
  const Program& client = hold(hosts.client, "10.0.0.2", 5432, 50, {"--postgres"});
  hosts.watch();
  const std::string one = lines({arrow(client, database, "10.0.0.2:5432")});
  CHECK(hosts.around_server(one) == one);
  const json graph = json::parse(ask(hosts.client, {"10.0.0.2:5432", "-o", "json"}).out);
  CHECK(graph.at("edges").at(0).at("connections").at("now") == 50);
}

TEST_CASE("two programs that one process manager exec'ed are two processes") {
  for (const std::string groups : {"OWN", "SHARED"}) {
    CAPTURE(groups);
    TwoHosts hosts;
    const Managed apps = managed_apps(hosts.server, groups);
    const Program& client = hold(hosts.client, "10.0.0.2", 8081);
    const Program& other = hold(hosts.client, "10.0.0.2", 8082);
    hosts.watch();
    const std::string two = lines({arrow(node(client), apps.first, "10.0.0.2:8081"),
                                   arrow(node(other), apps.second, "10.0.0.2:8082")});
    CHECK(hosts.around_server(two) == two);
    const json graph = json::parse(ask(hosts.client, {"10.0.0.2", "-o", "json"}).out);
    CHECK(graph.at("nodes").size() == 4);
  }
}

TEST_CASE("a client that is run 100 times in a window does not make 100 flows") {
  TwoHosts hosts;
  serve(hosts.server, 80);
  hosts.watch();
  // Twenty at a time, each with a process group of its own.
  const std::string once = "setsid /usr/bin/python3 -IBS " LAB_ACTORS "/short.py 10.0.0.2 80";
  hosts.client.run({"sh", "-c", "seq 100 | xargs -P 20 -I{} " + once});
  const Daemon& client = hosts.daemons.at(1);
  const auto opened = [&] {
    int sum = 0;
    for (const json& flow : flows_of_port(client, 80))
      sum += flow.at("connections").at("opened").get<int>();
    return sum;
  };
  CHECK(settled(5s, opened, 100) == 100);
  // Eight groups at most, the fold of the others, what was seen in TIME_WAIT only; and twice that,
  // for the minute may have turned meanwhile.
  CHECK(flows_of_port(client, 80).size() <= 20);
}

TEST_CASE("trap 3: two programs of one host that use the same server stay two") {
  TwoHosts hosts;
  const Program& server = serve(hosts.server, 80);
  const Program& one = hold(hosts.client, "10.0.0.2", 80);
  const Program& two = hold(hosts.client, "10.0.0.2", 80);
  hosts.watch();
  const std::string both =
      lines({arrow(one, server, "10.0.0.2:80"), arrow(two, server, "10.0.0.2:80")});
  CHECK(hosts.around_server(both) == both);
}

TEST_CASE("trap 9: a socket-activated server is named, not who opened its socket") {
  TwoHosts hosts;
  const Program& activator = act(hosts.server, "activate.py", {"80", LAB_ACTORS "/serve.py"}, "");
  REQUIRE(eventually(10s, [&] { return !activator.log().empty(); }));
  const std::string child = activator.log().substr(0, activator.log().find('\n'));
  const Program& client = hold(hosts.client, "10.0.0.2", 80);
  REQUIRE(eventually(5s, [&] { return serves(activator, 80); }));
  hosts.watch();
  const std::string named = lines({arrow(node(client), "server/python3/" + child, "10.0.0.2:80")});
  CHECK(hosts.around_server(named) == named);
}

TEST_CASE(
    "trap 9: a server that is activated while the daemon watches is named, without a client") {
  TwoHosts hosts;
  const std::string go = hosts.server.dir() / "go";
  const Program& activator =
      act(hosts.server, "activate.py", {"80", LAB_ACTORS "/serve.py", go}, "");
  REQUIRE(eventually(10s, [&] { return serves(activator, 80); }));
  hosts.watch();
  const auto holds_port = [&](const std::string& pgid) {
    const json listeners = hosts.daemons.at(0).json("/v1/listeners").at("listeners");
    return std::any_of(listeners.begin(), listeners.end(), [&](const json& listener) {
      return listener.at("port") == 80 && listener.at("process").is_object() &&
             listener.at("process").at("pgid").dump() == pgid;
    });
  };
  CHECK(eventually(10s, [&] { return holds_port(std::to_string(activator.pgid())); }));
  hosts.server.write("go", "");
  REQUIRE(eventually(10s, [&] { return !activator.log().empty(); }));
  const std::string child = activator.log().substr(0, activator.log().find('\n'));
  // Where events are seen, looks may be half a minute apart; and only a look finds out.
  CHECK(eventually(40s, [&] { return holds_port(child); }));
}

TEST_CASE("trap 16: a program called 'a) b (c' is called that") {
  TwoHosts hosts;
  const Program& server = serve(hosts.server, 80, {"--comm", "a) b (c"});
  const Program& client = hold(hosts.client, "10.0.0.2", 80);
  hosts.watch();
  REQUIRE(server.comm() == "a) b (c");
  const std::string named = lines({arrow(client, server, "10.0.0.2:80")});
  CHECK(hosts.around_server(named) == named);
}

TEST_CASE(
    "trap 29: fifteen hostile bytes are a name like another, on all the way to the terminal") {
  // Written to /proc/self/comm, which is prctl(PR_SET_NAME): controls, C1, a change of direction,
  // what is no UTF-8, and what is special to the formats.
  for (const std::string name : {"\x1b[2J\x1b]0;pwn\x07",
                                 "\xc2\x9b"
                                 "31m\xe2\x80\xae"
                                 "gpj\xff\n",
                                 "\"];}<b>&\\N'`$("}) {
    TwoHosts hosts;
    serve(hosts.server, 80, {"--comm", name});
    hold(hosts.client, "10.0.0.2", 80);
    hosts.watch();
    const std::string cleaned = ttq::clean(name);
    const auto told = [&] { return hosts.daemons.at(0).json("/v1/flows?port=80").at("flows"); };
    REQUIRE(eventually(10s, [&] { return !told().empty(); }));
    CHECK(told().at(0).at("process").at("name") == cleaned);
    const auto prints = [&](const std::string& form) {
      return ask(hosts.client, {"10.0.0.2", "-o", form}).out;
    };
    REQUIRE(eventually(10s, [&] { return prints("tree").find(cleaned) != std::string::npos; }));
    CHECK(prints("classic").find("('" + cleaned + "', pgid=") != std::string::npos);
    const json graph = json::parse(prints("json"));
    CHECK(graph.at("nodes").dump().find(json(cleaned).dump()) != std::string::npos);
    for (const std::string form : {"tree", "classic", "json", "dot"}) {
      CAPTURE(form);
      CHECK(ttq::test::hostile_in(prints(form), "\n") == "");
    }
    CHECK(ttq::test::hostile_in(hosts.daemons.at(0).get("/v1/flows").body, "\n") == "");
    CHECK(ttq::test::hostile_in(hosts.daemons.at(0).program().log(), "\n") == "");
    const std::string file = hosts.client.write("graph.dot", prints("dot"));
    if (run({"sh", "-c", "command -v dot"}).status != 0) {
      MESSAGE("graphviz is not installed: DOT was not read");
    } else {
      CHECK(run({"dot", "-Tsvg", "-o", "/dev/null", file}).status == 0);
    }
  }
}

TEST_CASE("trap 17: a process is called by its own name, not by that of the thread that accepts") {
  TwoHosts hosts;
  const Program& server = serve(hosts.server, 80, {"--thread", "acceptor"});
  const Program& client = hold(hosts.client, "10.0.0.2", 80);
  hosts.watch();
  REQUIRE(server.comm() == "python3");
  const std::string named = lines({arrow(client, server, "10.0.0.2:80")});
  CHECK(hosts.around_server(named) == named);
}
