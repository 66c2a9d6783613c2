// Daemons on a network of their own: the addresses that programs use lead to none of them, and
// peers.d says by which name each host is asked.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "lab/ca.h"
#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr const char* app_management = "192.168.77.1";
constexpr const char* data_management = "192.168.77.2";

/// An application and its database, each with a second address, and a daemon at that alone.
struct Site {
  Lab lab;
  Host& data = lab.host("data", "10.0.0.2");
  Host& app = lab.host("app", "10.0.0.1");
  Ca ca{lab.dir() / "home"};
  const Program& server = serve(data, 5432);
  const Program& client = hold(app, "10.0.0.2", 5432, 2);
  Daemon on_data{data, manage(data, data_management)};
  Daemon on_app{app, manage(app, app_management)};

  Site() {
    fs::create_directories(lab.dir() / "conf/peers.d");
    std::ofstream(lab.dir() / "conf/ttq.toml") << "via = 'tls'\n";
    std::ofstream(lab.dir() / "hosts") << "127.0.0.1 localhost\n"
                                       << app_management << " app\n"
                                       << data_management << " data\n";
  }

  void book(const std::string& name, const std::string& text) const {
    std::ofstream(lab.dir() / "conf/peers.d" / name) << text;
  }
  void unbook(const std::string& name) const { fs::remove(lab.dir() / "conf/peers.d" / name); }

  /// With names of the scene's own.
  [[nodiscard]] Outcome ask(const Argv& words) const {
    Argv command{"unshare",
                 "--mount",
                 "sh",
                 "-c",
                 R"(mount --bind "$0" /etc/hosts && exec "$@")",
                 lab.dir() / "hosts",
                 "env",
                 "-u",
                 "XDG_CONFIG_HOME",
                 "HOME=" + ca.home().string(),
                 ttq_program(),
                 "--config",
                 lab.dir() / "conf/ttq.toml"};
    command.insert(command.end(), words.begin(), words.end());
    return app.run(command);
  }

 private:
  [[nodiscard]] Manner manage(Host& host, const std::string& address) const {
    must_run({"ip", "-n", host.netns(), "address", "add", address + "/24", "dev", "eth0"});
    return {.options = {"--tls", ca.give(host, address).string(), "--listen", address + ":18870"},
            .name = "managed-",
            .socket = "run/api.sock"};
  }
};

std::string entry(const std::string& target, const std::string& addresses) {
  return R"([{"targets": [")" + target + R"("], "labels": {"__meta_ttq_addresses": ",)" +
         addresses + R"(,"}}])";
}

bool holds(const std::string& text, std::string_view piece) {
  return text.find(piece) != std::string::npos;
}

}  // namespace

TEST_CASE("a walk follows peers.d to where the daemons are, and emits what it follows") {
  const Site site;
  const Argv question{"impact", "data:5432"};
  CHECK(eventually(20s, [&] { return holds(site.ask(question).out, "2 connections"); }));
  const Outcome alone = site.ask(question);
  CAPTURE(alone.out);
  CHECK(alone.status == 4);
  CHECK(holds(alone.out, "10.0.0.1: unknown (host unreachable)"));

  site.book("app.json", entry("app", "10.0.0.1"));
  CHECK(eventually(20s, [&] { return site.ask(question).status == 0; }));
  const Outcome whole = site.ask(question);
  CAPTURE(whole.out);
  CAPTURE(whole.err);
  CHECK(whole.status == 0);
  CHECK(holds(whole.out, "<─ app: python3"));
  CHECK(holds(whole.out, "Complete"));

  const Outcome hosts = site.ask({"hosts", "data", "-o", "http_sd"});
  CAPTURE(hosts.out);
  CHECK(hosts.status == 0);
  CHECK(
      holds(hosts.out, R"({"targets":["app:18870"],"labels":{"__meta_ttq_addresses":",10.0.0.1,)"));
  CHECK(holds(hosts.out, R"("__meta_ttq_host_name":"data"})"));
  site.unbook("app.json");
  site.book("fleet.json", hosts.out);
  CHECK(site.ask(question).status == 0);
  CHECK(site.ask({"impact", "10.0.0.2:5432"}).status == 0);  // where no daemon listens
}

TEST_CASE("a name that leads to another host than the book believes is not believed") {
  const Site site;
  site.book("old.json", entry("data", "10.0.0.1"));
  const Argv question{"impact", "data:5432"};
  CHECK(eventually(20s, [&] { return holds(site.ask(question).out, "2 connections"); }));
  const Outcome outcome = site.ask(question);
  CAPTURE(outcome.out);
  CHECK(outcome.status == 4);
  CHECK(holds(outcome.out, "data answers there, and does not have 10.0.0.1 as "));
  CHECK(holds(outcome.out, "old.json says"));
}

TEST_CASE("a file that cannot be meant is one line, and status 2") {
  const Site site;
  site.book("a.json", entry("app", "10.0.0.1"));
  site.book("b.json", entry("data", "10.0.0.1"));
  const Outcome outcome = site.ask({"impact", "data:5432"});
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(holds(outcome.err, "b.json: data: 10.0.0.1 is that of data here, and of app in "));
}
