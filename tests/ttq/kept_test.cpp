// What is kept in ttq.toml, and what wins over it.
#include "ttq/kept.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/text.h"
#include "store/scratch_dir.h"
#include "ttq/options.h"

using namespace ttq;
using namespace ttq::test;
using namespace std::chrono_literals;

namespace {

const Time now = parse_time("2026-01-02T03:04:05Z").value();

/// Two files, and command lines that are read above them.
class Desk {
 public:
  Desk& of_all(const std::string& text) { return write("all.toml", text); }
  Desk& own(const std::string& text) { return write("own.toml", text); }

  [[nodiscard]] CommandLine read(const std::string& line) const {
    std::vector<std::string> arguments;
    for (const auto word : split(line, ' ')) {
      if (!word.empty()) arguments.emplace_back(word);
    }
    return parse_command_line(arguments, now, {path("all.toml"), path("own.toml")});
  }
  [[nodiscard]] Options options(const std::string& line) const {
    const CommandLine parsed = read(line);
    if (const auto* error = std::get_if<UsageError>(&parsed)) FAIL(error->message);
    return std::get<Options>(parsed);
  }
  /// The directory is left out.
  [[nodiscard]] std::string complaint(const std::string& line) const {
    const CommandLine parsed = read(line);
    const auto* error = std::get_if<UsageError>(&parsed);
    if (error == nullptr) return "none";
    std::string message = error->message;
    const std::string before = dir_.path().string() + "/";
    for (auto at = message.find(before); at != message.npos; at = message.find(before)) {
      message.erase(at, before.size());
    }
    return message;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return dir_.path() / name; }
  Desk& write(const std::string& name, const std::string& text) {
    std::ofstream(path(name)) << text;
    return *this;
  }

 private:
  ScratchDir dir_;
};

std::string complaint(const std::string& text) { return Desk().own(text).complaint("web1"); }

std::string commented_file() {
  std::ifstream file(TTQ_SOURCES "/packaging/config/ttq.toml");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// As if its reader had taken every single # away.
std::string uncommented(const std::string& text) {
  std::string lines;
  for (const auto line : split(text, '\n')) {
    const bool is_key =
        line.starts_with('#') && line.size() > 1 && line[1] >= 'a' && line[1] <= 'z';
    lines += std::string(is_key ? line.substr(1) : line) + "\n";
  }
  return lines;
}

}  // namespace

TEST_CASE("no file is fine") {
  CHECK(Desk().complaint("web1") == "none");
  CHECK(Desk().options("web1").limits.peer_port == 18870);
}

TEST_CASE("the user's file wins over that of all, and the command line over both") {
  Desk desk;
  desk.of_all("peer_port = 1\nmax_hosts = 11\nconcurrency = 3\n")
      .own("peer_port = 2\nmax_hosts = 12\n");
  const WalkLimits limits = desk.options("web1 --peer-port 5").limits;
  CHECK(limits.peer_port == 5);
  CHECK(limits.max_hosts == 12);
  CHECK(limits.concurrency == 3);
}

TEST_CASE("every key arrives, with hyphens or underscores, numbers with quotes or without") {
  Desk desk;
  desk.own(
      "peer-port = '7'\nvia = 'tls'\ntls = '/c'\nhost_timeout = '500ms'\ntimeout = '1m'\n"
      "concurrency = 2\nmax_hosts = 5\nallow = ['private', '203.0.113.0/24']\noutput = 'dot'\n"
      "no_color = true\nsocket = '/s'\npki = '/p'\n");
  const Options web = desk.options("web1");
  CHECK(web.target.address == PeerAddress{"web1", 7, ""});
  CHECK(web.via == Via::tls);
  CHECK(web.tls == "/c");
  CHECK(web.limits.host_timeout == 500ms);
  CHECK(web.limits.timeout == 60s);
  CHECK(web.limits.concurrency == 2);
  CHECK(web.limits.max_hosts == 5);
  CHECK_FALSE(web.limits.boundary.obstacle(Address::parse("203.0.113.9").value()));
  CHECK_FALSE(web.limits.boundary.obstacle(Address::parse("10.0.0.9").value()));
  CHECK(web.output == Output::dot);
  CHECK_FALSE(web.color);
  CHECK(desk.options("").target.address.unix_path == "/s");
  CHECK(std::get<Carriage>(desk.read("stdio")).socket == "/s");
  CHECK(std::get<PkiInit>(std::get<PkiTask>(desk.read("pki init"))).place == "/p");
}

TEST_CASE("a mistake is one line with its file, line and key") {
  CHECK(complaint("via = 'tcp'\npeer_prot = 1\n") ==
        "own.toml:2: peer_prot: no such key; see ttq.toml(5)");
  CHECK(complaint("\npeer_port = 0\n") ==
        "own.toml:2: peer_port: \"0\" is not a number from 1 to 65535");
  CHECK(complaint("via = 'carrier pigeon'\n") ==
        "own.toml:1: via: \"carrier pigeon\" is not tls, ssh or tcp");
  CHECK(complaint("timeout = 30\n") ==
        "own.toml:1: timeout: \"30\" is not a time like 500ms, 3s or 2m");
  CHECK(complaint("timeout = ''\n") == "own.toml:1: timeout: its value is empty");
  CHECK(complaint("timeout = ['1s']\n") == "own.toml:1: timeout: takes one value");
  CHECK(complaint("timeout = 1.5\n") ==
        "own.toml:1: timeout: must be a string, in quotes, or a whole number");
  CHECK(complaint("no_color = 'yes'\n") == "own.toml:1: no_color: must be true or false");
  CHECK(complaint("allow = ['private', 'web1']\n").starts_with("own.toml:1: allow: \"web1\" is"));
  CHECK(complaint("allow = ['private',\n true]\n") ==
        "own.toml:2: allow: must be a string in quotes, or a list of them");
  CHECK(complaint("allow = []\n") == "own.toml:1: allow: its value is empty");
  CHECK(complaint("[peers]\nvia = 'tcp'\n").starts_with("own.toml:1: peers: no such key"));
  CHECK(complaint("via = \n").starts_with("own.toml:1: "));
}

TEST_CASE("a file is refused for what another wins over, and what the command does not need") {
  Desk desk;
  desk.of_all("output = 'pie'\n").own("output = 'json'\n");
  CHECK(desk.complaint("web1 -o dot").starts_with("all.toml:1: output: \"pie\" is not"));
  CHECK(desk.complaint("stdio").starts_with("all.toml:1: output: \"pie\" is not"));
  CHECK(desk.complaint("pki init").starts_with("all.toml:1: output: \"pie\" is not"));
}

TEST_CASE("help needs no file, and is no worse for a bad one") {
  Desk desk;
  desk.own("nonsense\n");
  CHECK(std::holds_alternative<Notice>(desk.read("--help")));
  CHECK(std::holds_alternative<Notice>(desk.read("impact --help")));
  CHECK(std::holds_alternative<Notice>(desk.read("--version")));
  CHECK(desk.complaint("").starts_with("own.toml:1: "));
}

TEST_CASE("what is kept says nothing where it does not apply, and what is typed must apply") {
  Desk desk;
  desk.own("via = 'ssh'\npeer_port = 7\ntls = '/c'\nsocket = '/s'\noutput = 'classic'\n");
  CHECK(desk.options("web1").via == Via::ssh);
  CHECK(desk.options("hosts").output == Output::tree);
  CHECK(desk.options("web1 --via tcp").target.address.port == 7);
  CHECK(desk.complaint("web1 --peer-port 8") ==
        "--peer-port: ssh knows the port (own.toml:1: via)");
  CHECK(desk.complaint("web1 --tls /d") == "--tls: it is for --via tls (own.toml:1: via)");
  CHECK(desk.options("web1 --tls /d --via tls").tls == "/d");
  CHECK(Desk().own("output = 'http_sd'\n").options("hosts").output == Output::http_sd);
  CHECK(Desk().own("output = 'http_sd'\n").options("web1").output == Output::tree);
  CHECK(desk.complaint("hosts -o classic") ==
        R"(--output: "classic" is not tree, json or http_sd)");
}

TEST_CASE("a list of targets is for hosts alone") {
  CHECK(Desk().options("hosts -o http_sd").output == Output::http_sd);
  CHECK(Desk().complaint("impact -o http_sd") ==
        R"(--output: "http_sd" is not tree, classic, json or dot)");
}

TEST_CASE("what is asked is not kept") {
  for (const char* key : {"depth", "since", "until", "process", "pgid", "self", "ipv4", "config",
                          "days", "client", "help", "version"}) {
    CAPTURE(key);
    CHECK(complaint(std::string(key) + " = '1'\n").find("no such key") != std::string::npos);
  }
}

TEST_CASE("a path is absolute, or in the home directory") {
  CHECK(complaint("tls = 'c'\n") == "own.toml:1: tls: must be an absolute path, or begin with ~/");
  CHECK(complaint("socket = '~bob/s'\n").starts_with("own.toml:1: socket: must be an absolute"));
  const char* home = std::getenv("HOME");
  REQUIRE(home != nullptr);
  CHECK(Desk().own("tls = '~/c'\n").options("web1").tls == std::string(home) + "/c");
}

TEST_CASE("--config takes the place of both files, and has to be there") {
  Desk desk;
  desk.of_all("peer_port = 1\n").own("max_hosts = 12\n").write("other.toml", "concurrency = 9\n");
  const WalkLimits limits = desk.options("web1 --config " + desk.path("other.toml")).limits;
  CHECK(limits.peer_port == 18870);
  CHECK(limits.max_hosts == 1000);
  CHECK(limits.concurrency == 9);
  CHECK(desk.complaint("web1 --config " + desk.path("none.toml")) ==
        "--config: \"none.toml\" is not there");
  CHECK(desk.options("web1 --config /dev/null").limits.peer_port == 18870);
}

TEST_CASE("a file that cannot be read is not as if there were none") {
  const ScratchDir dir;
  const CommandLine parsed = parse_command_line({"web1"}, now, {dir.path()});
  CHECK(std::get<UsageError>(parsed).message == dir.path().string() + ": Is a directory");
}

TEST_CASE(
    "the file that is installed has every key with its default, and says so to the programs") {
  const std::string text = commented_file();
  const Options usual = Desk().options("web1");
  Desk desk;
  desk.own(text);
  CHECK(desk.options("web1").limits.peer_port == usual.limits.peer_port);
  CHECK(read_kept_values(desk.path("own.toml"))->empty());

  desk.own(uncommented(text));
  const auto kept = read_kept_values(desk.path("own.toml"));
  REQUIRE_MESSAGE(kept.has_value(), kept.error().message);
  CHECK(kept->size() == kept_rows().size());
  const Options same = desk.options("web1");
  CHECK(same.target.address == usual.target.address);
  CHECK(desk.options("").target.address == Desk().options("").target.address);
  CHECK(same.limits.host_timeout == usual.limits.host_timeout);
  CHECK(same.limits.timeout == usual.limits.timeout);
  CHECK(same.limits.concurrency == usual.limits.concurrency);
  CHECK(same.limits.max_hosts == usual.limits.max_hosts);
  for (const char* address : {"10.0.0.1", "203.0.113.1", "fd00::1", "127.0.0.1"}) {
    const Address one = Address::parse(address).value();
    CHECK(same.limits.boundary.obstacle(one) == usual.limits.boundary.obstacle(one));
  }
  CHECK(same.output == usual.output);
  CHECK(same.color == usual.color);
  CHECK(same.limits.peer_port == usual.limits.peer_port);
}

TEST_CASE("each option that may be kept is one of the table") { CHECK(kept_rows().size() == 12); }
