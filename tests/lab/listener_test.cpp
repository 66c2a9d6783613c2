// Where a server listens, and how it is found from the other end (design rules 2 and 5).
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("trap 1: a server bound to one address is the server") {
  TwoHosts hosts;
  const Program& server = serve(hosts.server, 8080, {"--address", "10.0.0.2"});
  const Program& client = hold(hosts.client, "10.0.0.2", 8080, 2);
  hosts.watch();
  const std::string right = lines({arrow(client, server, "10.0.0.2:8080")});
  CHECK(hosts.around_server(right) == right);
}

TEST_CASE("trap 11: a dual-stack server is one server, by IPv4 and by IPv6") {
  TwoHosts hosts;
  const Program& server = app(hosts.server, {.port = 8080});
  const Program& by_four = hold(hosts.client, "10.0.0.2", 8080);
  const Program& by_six = hold(hosts.client, "fd00::2", 8080);
  hosts.watch();
  const std::string both =
      lines({arrow(by_four, server, "10.0.0.2:8080"), arrow(by_six, server, "[fd00::2]:8080")});
  CHECK(hosts.around_server(both) == both);
}

TEST_CASE("trap 10: two processes that share a port by SO_REUSEPORT are both its servers") {
  TwoHosts hosts;
  const Program& one = serve(hosts.server, 80, {"--reuseport"});
  const Program& two = serve(hosts.server, 80, {"--reuseport"});
  const Program& client = hold(hosts.client, "10.0.0.2", 80, 64);  // 2^-63 that one gets them all
  hosts.watch();
  const std::string both =
      lines({arrow(client, one, "10.0.0.2:80"), arrow(client, two, "10.0.0.2:80")});
  CHECK(hosts.around_server(both) == both);
}

TEST_CASE("trap 5: a chain within one host, through 127.0.0.1, has each link once") {
  TwoHosts hosts;
  const Program& store = redis(hosts.server, "127.0.0.1");
  const Program& user = hold(hosts.server, "127.0.0.1", 6379);
  const Program& python = app(hosts.server, {.port = 8080, .address = "127.0.0.1"});
  const Program& server = nginx(hosts.server, {.upstream = "127.0.0.1:8080"});
  const Program& load = wrk(hosts.client, "http://10.0.0.2/");
  hosts.watch();
  const std::string links =
      lines({arrow(load, server, "10.0.0.2:80"), arrow(server, python, "127.0.0.1:8080"),
             arrow(user, store, "127.0.0.1:6379")});
  CHECK(hosts.around_server(links) == links);
}

TEST_CASE("trap 6: the 127.0.0.1:6379 of one host is not that of another") {
  TwoHosts hosts;
  const Program& there = redis(hosts.server, "127.0.0.1");
  const Program& there_user = hold(hosts.server, "127.0.0.1", 6379);
  const Program& here = redis(hosts.client, "127.0.0.1");
  const Program& here_user = hold(hosts.client, "127.0.0.1", 6379);
  hosts.watch();
  const std::string theirs = lines({arrow(there_user, there, "127.0.0.1:6379")});
  const std::string ours = lines({arrow(here_user, here, "127.0.0.1:6379")});
  CHECK(seen(hosts.client, {"show", "10.0.0.2"}, theirs) == theirs);
  CHECK(seen(hosts.client, {"show", "10.0.0.1"}, ours) == ours);
}

TEST_CASE("trap 12: a UDP socket that only asks is not told as a server") {
  TwoHosts hosts;
  dnsmasq(hosts.server);
  act(hosts.client, "resolve.py", {"10.0.0.2", "unconnected"}, "answered\n");
  hosts.watch();
  const auto tells = [&](std::size_t daemon, const char* what) {
    const auto said = [&] { return hosts.daemons.at(daemon).get("/v1/listeners").body; };
    return eventually(10s, [&] { return said().find(what) != std::string::npos; });
  };
  REQUIRE(tells(0, "dnsmasq"));
  REQUIRE(tells(1, "18870"));  // the daemon's own: the table of this host has been read
  const json answer = hosts.daemons.at(1).json("/v1/listeners");
  for (const json& listener : answer.at("listeners")) {
    CHECK(listener.at("proto") == "tcp");
  }
}
