// Every option, configuration key and query parameter with a bad value: one clear line, the
// documented status, and nothing crashes.
#include <doctest/doctest.h>

#include <algorithm>

#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

constexpr int usage = 2;

struct BadValue {
  std::string of;  ///< the option
  std::string text;
};

struct BadLine {
  std::string text;
  std::string key;  ///< what the complaint must name
};

bool one_line(const std::string& text) {
  return !text.empty() && text.back() == '\n' && std::count(text.begin(), text.end(), '\n') == 1;
}

void check_refused(const Outcome& outcome, const std::string& about) {
  CAPTURE(outcome.err);
  CHECK(outcome.status == usage);
  CHECK(outcome.out.empty());
  CHECK(one_line(outcome.err));
  CHECK(outcome.err.find(about) != std::string::npos);
}

}  // namespace

TEST_CASE("a bad value of an option of ttracerd is refused in one line that names it") {
  const BadValue bad[] = {
      {"--listen", "nonsense"},    {"--listen", "127.0.0.1"},
      {"--listen", "127.0.0.1:x"}, {"--listen", "10.0.0.1:99999"},
      {"--listen", "unix:"},       {"--interval", "1"},
      {"--interval", "0s"},        {"--interval", "-1s"},
      {"--interval", "soon"},      {"--window", "0s"},
      {"--window", "1 m"},         {"--flush", ""},
      {"--flush", "0s"},           {"--retention", "forever"},
      {"--max-size", "-1"},        {"--max-size", "many"},
      {"--probe", "guess"},        {"--host-name", ""},
      {"--host-id", ""},
  };
  for (const BadValue& bad_value : bad) {
    CAPTURE(bad_value.of);
    CAPTURE(bad_value.text);
    check_refused(run({ttracerd_program(), bad_value.of, bad_value.text, "--check-config"}),
                  bad_value.of);
  }
  check_refused(run({ttracerd_program(), "--config", "/nonexistent.toml", "--check-config"}),
                "/nonexistent.toml");
  check_refused(run({ttracerd_program(), "--frobnicate"}), "--frobnicate");
  check_refused(run({ttracerd_program(), "stray"}), "stray");
}

TEST_CASE("an address that others can reach is refused unless --insecure is said") {
  check_refused(run({ttracerd_program(), "--listen", "0.0.0.0:18870", "--check-config"}),
                "--insecure");
  check_refused(run({ttracerd_program(), "--listen", "[::]:18870", "--check-config"}),
                "--insecure");
}

TEST_CASE("a bad key of the configuration is refused with its file, line and name") {
  Lab lab;
  Host& host = lab.host("a", "10.0.0.1");
  const BadLine bad[] = {
      {"interval = 1", "interval"},
      {"interval = \"soon\"", "interval"},
      {"window = \"0s\"", "window"},
      {"flush = true", "flush"},
      {"retention = []", "retention"},
      {"max_size = \"lots\"", "max_size"},
      {"probe = \"guess\"", "probe"},
      {"listen = \"nonsense\"", "listen"},
      {"listen = [1]", "listen"},
      {"host_name = \"\"", "host_name"},
      {"host_id = \"\"", "host_id"},
      {"store = 1", "store"},
      {"insecure = \"yes\"", "insecure"},
      {"colour = \"red\"", "colour"},
      {"= broken", "3"},
  };
  for (const BadLine& bad_line : bad) {
    CAPTURE(bad_line.text);
    const std::string file = host.write("bad.toml", "# two lines\n# before it\n" + bad_line.text);
    const Outcome outcome = run({ttracerd_program(), "--config", file, "--check-config"});
    check_refused(outcome, bad_line.key);
    CHECK(outcome.err.find("bad.toml:3") != std::string::npos);
  }
}

TEST_CASE("a bad option of ttq is refused in one line that names it") {
  const Argv bad[] = {
      {"show", "10.0.0.1", "--depth", "x"},         {"show", "10.0.0.1", "--depth", "-1"},
      {"show", "10.0.0.1", "--since", "whenever"},  {"show", "10.0.0.1", "--until", "whenever"},
      {"show", "10.0.0.1", "--output", "xml"},      {"show", "10.0.0.1", "--peer-port", "0"},
      {"show", "10.0.0.1", "--peer-port", "65536"}, {"show", "10.0.0.1", "--host-timeout", "3"},
      {"show", "10.0.0.1", "--timeout", "0s"},      {"show", "10.0.0.1", "--concurrency", "0"},
      {"show", "10.0.0.1", "--max-hosts", "none"},  {"show", "10.0.0.1", "--pgid", "x"},
  };
  for (const Argv& words : bad) {
    CAPTURE(words[2]);
    CAPTURE(words[3]);
    Argv command = words;
    command.insert(command.begin(), ttq_program());
    check_refused(run(command), words[2]);
  }
  for (const std::string target : {"10.0.0.1:x", "10.0.0.1:65536", "[::1", "[::1]:", ":x"}) {
    CAPTURE(target);
    check_refused(run({ttq_program(), "show", target}), target);
  }
  check_refused(run({ttq_program(), "--frobnicate"}), "--frobnicate");
  check_refused(run({ttq_program(), "show", "10.0.0.1", "10.0.0.2"}), "10.0.0.2");
}

TEST_CASE("a bad parameter of a request is answered with 400 and its name") {
  Lab lab;
  const Daemon daemon(lab.host("a", "10.0.0.1"));
  for (const std::string parameter :
       {"since=whenever", "until=1e3", "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z",
        "role=both", "proto=icmp", "port=65536", "port=-1", "port=http", "peer=web1",
        "peer=10.0.0.1/24", "pgid=x", "limit=0", "limit=-1", "limit=x", "cursor=zz", "colour=red",
        "port=1&port=2", "name=%ff%zz"}) {
    CAPTURE(parameter);
    const Reply reply = daemon.get("/v1/flows?" + parameter);
    CAPTURE(reply.body);
    CHECK(reply.status == 400);
    CHECK(reply.body.find("\"code\"") != std::string::npos);
    CHECK(reply.body.find("\"message\"") != std::string::npos);
  }
  CHECK(daemon.get("/v1/nothing").status == 404);
  CHECK(daemon.get("/v1/health").status == 200);
}
