#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

/// wrk -> haproxy -> nginx -> app -> PostgreSQL, all of it running before any daemon does.
struct Chain {
  Lab lab;
  Host& client = lab.host("client", "10.0.0.1");
  Host& edge = lab.host("edge", "10.0.0.2");
  Host& web = lab.host("web", "10.0.0.3");
  Host& back = lab.host("back", "10.0.0.4");
  Host& data = lab.host("data", "10.0.0.5");
  Program& database = postgres(data);
  Program& python = app(back, {.port = 8080, .database = "10.0.0.5:5432"});
  Program& server = nginx(web, {.upstream = "10.0.0.4:8080"});
  Program& balancer = haproxy(edge, 80, "10.0.0.3:80");
  Program& load = wrk(client, "http://10.0.0.2/");

  [[nodiscard]] std::vector<std::string> arrows() const {
    return {arrow(load, balancer, "10.0.0.2:80"), arrow(balancer, server, "10.0.0.3:80"),
            arrow(server, python, "10.0.0.4:8080"), arrow(python, database, "10.0.0.5:5432")};
  }
};

/// Until the first request has gone all the way there is no chain to be seen.
void settle(const Chain& chain) {
  const auto logged = [&] { return !read_file(chain.web.dir() / "access.log").empty(); };
  REQUIRE(eventually(10s, logged));
}

std::vector<Daemon> watch(Chain& chain) {
  std::vector<Daemon> daemons;
  for (Host* host : {&chain.client, &chain.edge, &chain.web, &chain.back, &chain.data}) {
    daemons.emplace_back(*host);
  }
  return daemons;
}

}  // namespace

TEST_CASE("a chain of five hosts that was there first is seen whole, from both of its ends") {
  Chain chain;
  settle(chain);
  const auto daemons = watch(chain);
  const std::string whole = lines(chain.arrows());
  CHECK(seen(chain.client, {"impact", "10.0.0.5:5432"}, whole) == whole);
  CHECK(seen(chain.data, {"deps", "10.0.0.1"}, whole) == whole);
  CHECK(ask(chain.client, {"impact", "10.0.0.5:5432"}).status == 0);

  auto arrows = chain.arrows();
  const std::string last_two = lines({arrows.at(2), arrows.at(3)});
  CHECK(seen(chain.client, {"impact", "10.0.0.5:5432", "--depth", "2"}, last_two) == last_two);
  const std::string middle = lines({arrows.at(1), arrows.at(2)});
  CHECK(seen(chain.client, {"show", "10.0.0.3"}, middle) == middle);
}
