// ttq-demo: six hosts made of network namespaces, real servers in them, a ttracerd on each, and
// what ttq makes of it. It ends clean: the lab's guardian removes all but the picture.
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

constexpr const char* opening = R"(
Six hosts, each a network namespace with an address of its own, and what runs on them:

  client 10.0.0.1   wrk                  asks edge
  edge   10.0.0.2   haproxy, TCP mode    forwards to web
  web    10.0.0.3   nginx                forwards to app; rsyslogd sends its log to logs
  app    10.0.0.4   an app in Python     asks data at each request
  data   10.0.0.5   PostgreSQL
  logs   10.0.0.6   rsyslogd             takes log lines by TCP

Nothing was told about this to ttq. A ttracerd runs on each host, reads that host's sockets from the
kernel and answers for that host alone; there is no central database.
)";

/// Everything on it runs before the first daemon starts: connections are found, however old.
struct Site {
  Lab lab;
  Host& client = lab.host("client", "10.0.0.1");
  Host& edge = lab.host("edge", "10.0.0.2");
  Host& web = lab.host("web", "10.0.0.3");
  Host& app_host = lab.host("app", "10.0.0.4");
  Host& data = lab.host("data", "10.0.0.5");
  Host& logs = lab.host("logs", "10.0.0.6");
  Program& receiver = log_receiver(logs, 24224);
  Program& database = postgres(data);
  Program& python = app(app_host, {.port = 8080, .database = "10.0.0.5:5432"});
  Program& server = nginx(web, {.upstream = "10.0.0.4:8080"});
  Program& forwarder = log_forwarder(web, web.dir() / "access.log", "10.0.0.6", 24224);
  Program& balancer = haproxy(edge, 80, "10.0.0.3:80");
  Program& load = wrk(client, "http://10.0.0.2/");
  std::vector<Daemon> daemons = {};

  void watch() {
    for (Host* host : {&client, &edge, &web, &app_host, &data, &logs}) daemons.emplace_back(*host);
  }

  /// Until the whole chain is seen from its far end.
  [[nodiscard]] bool is_seen() const {
    const std::string chain =
        lines({arrow(load, balancer, "10.0.0.2:80"), arrow(balancer, server, "10.0.0.3:80"),
               arrow(server, python, "10.0.0.4:8080"), arrow(python, database, "10.0.0.5:5432")});
    const std::string link = arrow(forwarder, receiver, "10.0.0.6:24224");
    return seen(client, {"impact", "10.0.0.5:5432"}, chain) == chain && eventually(10s, [&] {
             const Outcome around = ask(web, {"show", "10.0.0.3", "-o", "json"});
             return picture(around.out).find(link) != std::string::npos;
           });
  }
};

/// Says what is to be seen, the command as a user would type it, and what it prints.
void show(std::string_view caption, const std::string& command, const std::string& netns) {
  std::cout << "\n--- " << caption << "\n\n$ " << command << '\n' << std::flush;
  const std::string path =
      "PATH='" + fs::path(ttq_program()).parent_path().string() + "':\"$PATH\"; ";
  const Outcome outcome = run({"sh", "-c", path + command}, netns);
  std::cout << outcome.out << outcome.err << std::flush;
}

void show_site(const Site& site, const std::string& drawing) {
  const std::string& here = site.client.netns();
  show("One host, in the shape of the paper's figure: who uses nginx, and what does nginx use?",
       "ttq 10.0.0.3 -o classic", here);
  show("What breaks without the database? Four hosts away, wrk does.", "ttq impact 10.0.0.5:5432",
       here);
  show("The other way round: all that the client leans on.", "ttq deps 10.0.0.1", here);
  show("One host's own answer is JSON by HTTP, and curl is enough to have it.",
       "curl -s 'http://10.0.0.3:18870/v1/flows?role=passive&port=80' | /usr/bin/python3 -m "
       "json.tool",
       here);
  show("The graph that ttq assembled, as JSON: its last edges.",
       "ttq impact 10.0.0.5:5432 -o json | /usr/bin/python3 -m json.tool | tail -n 62", here);
  show("The same as a picture.",
       "ttq impact 10.0.0.5:5432 -o dot | dot -Tsvg > " + drawing + " && ls -l " + drawing, here);
}

/// This very machine, by a daemon that has its store and its socket among the lab's files.
void show_this_machine(const Lab& lab) {
  const fs::path dir = lab.dir() / "this-machine";
  fs::create_directory(dir);
  const std::string socket = dir / "api.sock";
  Program daemon({ttracerd_program(), "--store", dir / "store", "--listen", "unix:" + socket,
                  "--interval", "200ms", "--flush", "500ms"},
                 {.err = dir / "log"});
  const auto answers = [&] { return run({ttq_program(), "--socket", socket}).status != 1; };
  if (!eventually(10s, answers)) give_up("ttracerd on this machine: " + daemon.log());
  run({"sleep", "2"});
  show("And this machine itself, not the lab: what it uses and who uses it, right now.",
       "ttq --socket " + socket, {});
}

}  // namespace

int main(int argc, char** argv) {
  if (const std::string reason = obstacle(); !reason.empty()) {
    std::cerr << "ttq-demo: " << reason << "It needs root.\n";
    return EXIT_FAILURE;
  }
  const fs::path drawing = fs::absolute(argc > 1 ? argv[1] : ".") / "demo.svg";
  std::cout << opening << std::flush;
  Site site;
  site.watch();
  if (!site.is_seen()) give_up("the chain of the demo is not seen whole");
  run({"sleep", "3"});  // so that there is a little history
  show_site(site, drawing);
  show_this_machine(site.lab);
  std::cout
      << "\n--- The hosts, their programs and their files are gone with this line; the picture "
         "stays:\n    "
      << drawing.string() << '\n';
}
