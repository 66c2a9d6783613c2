#include <doctest/doctest.h>

#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

/// "('nginx', pgid=4656)"
std::string who(const Program& program) {
  return "('" + program.comm() + "', pgid=" + std::to_string(program.pgid()) + ")";
}

}  // namespace

TEST_CASE("the paper's figure: wrk before nginx, python behind it, a log forwarder beside it") {
  Lab lab;
  Host& web = lab.host("web", "10.0.0.10");
  Host& client = lab.host("client", "10.0.0.11");
  Host& back = lab.host("back", "10.0.0.12");
  Host& logs = lab.host("logs", "10.0.0.13");
  const Program& receiver = log_receiver(logs, 24224);
  const Program& python = app(back, {.port = 8080});
  const Program& server = nginx(web, {.upstream = "10.0.0.12:8080"});
  const Program& forwarder = log_forwarder(web, web.dir() / "access.log", "10.0.0.13", 24224);
  const Program& load = wrk(client, "http://10.0.0.10/");
  const Daemon daemons[] = {Daemon(web), Daemon(client), Daemon(back), Daemon(logs)};

  const std::string figure = "10.0.0.10:80 " + who(server) +
                             "\n"
                             "└<-- 10.0.0.11:many " +
                             who(load) +
                             "\n"
                             "10.0.0.10:80 " +
                             who(server) +
                             "\n"
                             "└--> 10.0.0.12:8080 " +
                             who(python) +
                             "\n"
                             "10.0.0.10:many " +
                             who(forwarder) +
                             "\n"
                             "└--> 10.0.0.13:24224 " +
                             who(receiver) + "\n";
  const auto classic = [&] { return ask(web, {"10.0.0.10", "-o", "classic"}).out; };
  CHECK(settled(15s, classic, figure) == figure);
  CHECK(ask(web, {"--ipv4", "10.0.0.10", "-o", "classic"}).out == figure);
  CHECK(ask(web, {"--socket", daemons[0].socket(), "-o", "classic"}).out == figure);
}
