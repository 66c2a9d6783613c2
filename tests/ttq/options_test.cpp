#include "ttq/options.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "ttq/usage.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

const Time now = parse_time("2026-01-02T03:04:05Z").value();

/// Splits at blanks; "~" stands for a blank within an argument, "''" for an empty one.
CommandLine read(std::string_view line) {
  std::vector<std::string> arguments;
  for (const auto word : split(line, ' ')) {
    if (word.empty()) continue;
    std::string argument = word == "''" ? "" : std::string(word);
    for (char& c : argument) c = c == '~' ? ' ' : c;
    arguments.push_back(argument);
  }
  return parse_command_line(arguments, now);
}

Options options(std::string_view line) {
  const CommandLine parsed = read(line);
  if (const auto* error = std::get_if<UsageError>(&parsed)) FAIL(error->message);
  return std::get<Options>(parsed);
}

std::string complaint(std::string_view line) {
  const CommandLine parsed = read(line);
  const auto* error = std::get_if<UsageError>(&parsed);
  return error != nullptr ? error->message : "none";
}

template <class Task>
Task task(std::string_view line) {
  const CommandLine parsed = read(line);
  if (const auto* error = std::get_if<UsageError>(&parsed)) FAIL(error->message);
  return std::get<Task>(std::get<PkiTask>(parsed));
}

std::string print(const std::vector<Address>& addresses) {
  std::string printed;
  for (const Address& address : addresses) {
    printed += (printed.empty() ? "" : " ") + address.print();
  }
  return printed;
}

std::string notice(std::string_view line) { return std::get<Notice>(read(line)).text; }

}  // namespace

TEST_CASE("each command has its direction and depth") {
  CHECK(options("web1").query.direction == Direction::both);
  CHECK(options("web1").query.depth == 1);
  CHECK(options("show web1").query.depth == 1);
  CHECK(options("deps web1").query.direction == Direction::deps);
  CHECK_FALSE(options("deps web1").query.depth.has_value());
  CHECK(options("impact web1").query.direction == Direction::impact);
  CHECK_FALSE(options("impact web1").query.depth.has_value());
  CHECK(options("impact --depth 3 web1").query.depth == 3);
  CHECK(options("hosts").hosts);
  CHECK_FALSE(options("hosts").query.depth.has_value());
}

TEST_CASE(
    "a word that is no command is a target, and a command may name a host when it comes second") {
  CHECK(options("status").target.address.host == "status");
  CHECK(options("show impact").target.address.host == "impact");
}

TEST_CASE("without a target the daemon of this host is asked through its socket") {
  CHECK(options("").target.address.unix_path == "/run/ttracerd/api.sock");
  CHECK(options("deps --socket /tmp/s").target.address.unix_path == "/tmp/s");
  CHECK(options("impact :5432").target.address.unix_path == "/run/ttracerd/api.sock");
  CHECK(options("impact :5432").target.port == 5432);
}

TEST_CASE("the target's port narrows; where to ask is another option") {
  const Options parsed = options("web1:443 --peer-port 7");
  CHECK(parsed.target.address == PeerAddress{"web1", 7, ""});
  CHECK(parsed.target.port == 443);
  CHECK(parsed.target.text == "web1:443");
  CHECK(parsed.limits.peer_port == 7);
  CHECK(options("--ipv4 10.0.0.1").target.address == PeerAddress{"10.0.0.1", 18870, ""});
}

TEST_CASE(
    "--allow is a list of networks, in pieces or in one, and takes the place of the default") {
  const auto obstacle = [](std::string_view line, const char* address) {
    return options(line).limits.boundary.obstacle(Address::parse(address).value());
  };
  CHECK_FALSE(obstacle("web1", "10.0.0.1"));
  CHECK(obstacle("web1", "203.0.113.1"));
  CHECK_FALSE(obstacle("web1 --allow 203.0.113.0/24", "203.0.113.1"));
  CHECK(obstacle("web1 --allow 203.0.113.0/24", "10.0.0.1"));
  for (const char* both : {"--allow private,203.0.113.0/24", "--allow private,~203.0.113.0/24",
                           "--allow private web1 --allow 203.0.113.1"}) {
    CAPTURE(both);
    CHECK_FALSE(obstacle(both, "203.0.113.1"));
    CHECK_FALSE(obstacle(both, "10.0.0.1"));
    CHECK(obstacle(both, "198.51.100.1"));
  }
  CHECK_FALSE(obstacle("--allow any", "198.51.100.1"));
  CHECK_FALSE(obstacle("--allow any", "2001:db8::1"));
  CHECK(obstacle("--allow any", "127.0.0.1"));
  CHECK(complaint("--allow 10.0.0.0/33") ==
        "--allow: \"10.0.0.0/33\" is not a network like 10.0.0.0/8, private or any");
  CHECK(complaint("--allow 10.0.0.0/8,web1").starts_with("--allow: \"web1\" is not"));
  CHECK(complaint("--allow 10.0.0.0/8 --allow web1").starts_with("--allow: \"web1\" is not"));
  CHECK(complaint("--allow 10.0.0.0/8,").starts_with("--allow: \"\" is not"));
  CHECK(complaint("--allow ''") == "--allow: its value is empty");
}

TEST_CASE("every option arrives, before and after the command") {
  const Options parsed = options(
      "-o classic impact web1 --process a~b --pgid 7 --host-timeout 500ms --timeout 1m "
      "--concurrency 2 --max-hosts 5 --self --no-color");
  CHECK(parsed.output == Output::classic);
  CHECK(parsed.target.process == "a b");
  CHECK(parsed.target.pgid == 7);
  CHECK(parsed.limits.host_timeout == 500ms);
  CHECK(parsed.limits.timeout == 60s);
  CHECK(parsed.limits.concurrency == 2);
  CHECK(parsed.limits.max_hosts == 5);
  CHECK(parsed.query.self);
  CHECK_FALSE(parsed.color);
  CHECK(options("-o json -o dot x").output == Output::dot);
}

TEST_CASE("by ssh no port is asked for, and this host's socket is asked as ever") {
  CHECK_FALSE(options("web1").via);
  CHECK(options("web1 --via tls --tls /etc/x").tls == "/etc/x");
  CHECK(options("web1 --via tls").via == Via::tls);
  CHECK(options("web1 --via tcp").via == Via::tcp);
  const Options parsed = options("web1:443 --via ssh");
  CHECK(parsed.via == Via::ssh);
  CHECK(parsed.target.address.host == "web1");
  CHECK(parsed.target.address.port == 0);
  CHECK(parsed.target.port == 443);
  CHECK(options("--via ssh").target.address.unix_path == "/run/ttracerd/api.sock");
  CHECK(complaint("web1 --via smtp") == R"(--via: "smtp" is not tls, ssh or tcp)");
  CHECK(complaint("web1 --via ssh --peer-port 1") == "--peer-port: ssh knows the port");
  CHECK(complaint("web1 --via tcp --tls /etc/x") == "--tls: it is for --via tls");
}

TEST_CASE("stdio carries what comes to the daemon of this host, and to nobody else") {
  CHECK(std::get<Carriage>(read("stdio")).socket == "/run/ttracerd/api.sock");
  CHECK(std::get<Carriage>(read("stdio --socket /x")).socket == "/x");
  CHECK(complaint("stdio web1") == "TARGET: ttq stdio speaks to this host's daemon alone");
}

TEST_CASE("a fleet's CA is begun in its user's directory, or where --pki says") {
  CHECK_FALSE(task<PkiInit>("pki init").place);
  CHECK(task<PkiInit>("pki init --pki /x/y").place == "/x/y");
  CHECK(task<PkiInit>("--pki /x/y pki init").place == "/x/y");
  CHECK(task<PkiIssue>("pki issue web1 --pki /x").place == "/x");
  CHECK(complaint("pki init web1") == R"("web1": ttq pki init takes no NAME)");
  CHECK(complaint("pki init --pki ''") == "--pki: its value is empty");
}

TEST_CASE("a host is certified for its name and its addresses, each once and in order") {
  const auto issue = task<PkiIssue>("pki issue web1 10.0.0.2 2001:DB8::1 10.0.0.1 10.0.0.2");
  CHECK(issue.subject.purpose == Purpose::host);
  CHECK(issue.subject.name == "web1");
  CHECK(print(issue.subject.addresses) == "10.0.0.1 10.0.0.2 2001:db8::1");
  CHECK(issue.length == std::chrono::days(730));
  CHECK(task<PkiIssue>("pki issue web1").subject.addresses.empty());
  CHECK(task<PkiIssue>("pki issue web1 --days 3650").length == std::chrono::days(3650));
}

TEST_CASE("a host that is named by an address has that one, in its one spelling") {
  const auto v6 = task<PkiIssue>("pki issue 2001:DB8:0::5");
  CHECK(v6.subject.name == "2001:db8::5");
  CHECK(print(v6.subject.addresses) == "2001:db8::5");
  const auto mapped = task<PkiIssue>("pki issue ::ffff:10.0.0.1 10.0.0.2");
  CHECK(mapped.subject.name == "10.0.0.1");
  CHECK(print(mapped.subject.addresses) == "10.0.0.1 10.0.0.2");
}

TEST_CASE("who asks is certified by name alone") {
  const auto issue = task<PkiIssue>("pki issue --client alice");
  CHECK(issue.subject.purpose == Purpose::client);
  CHECK(issue.subject.name == "alice");
  CHECK(task<PkiIssue>("pki issue alice --client").subject.purpose == Purpose::client);
  CHECK(complaint("pki issue --client alice 10.0.0.1") ==
        R"("10.0.0.1": --client takes one NAME and no address)");
  CHECK(task<PkiToken>("pki token mon-1").name == "mon-1");
  CHECK(complaint("pki token a b") == R"("b": one NAME is enough)");
}

TEST_CASE("a NAME that could leave its directory or become an option is refused") {
  for (const char* bad : {"..", ".", ".x", "../x", "a/b", "/etc", "''", "a~b", "a;b", "$(x)", "a:1",
                          "web1.", "5432", "\x1b[2J", "a\n"}) {
    CAPTURE(std::string(bad));
    CHECK(complaint("pki issue " + std::string(bad))
              .ends_with("is not the name or the address of a host"));
  }
  for (const char* bad : {"..", ".x", "a/b", "''", "a~b", "a@b", "a:1", "2001:db8::1"}) {
    CAPTURE(bad);
    CHECK(complaint("pki issue --client " + std::string(bad)).starts_with("NAME: "));
    CHECK(complaint("pki token " + std::string(bad)).starts_with("NAME: "));
  }
  CHECK(complaint("pki issue -- -x").starts_with("NAME: \"-x\" is not"));
  CHECK(complaint("pki token -- -x").starts_with("NAME: \"-x\" is not 1 to 64 letters"));
  CHECK(complaint("pki issue " + std::string(253, 'a')) == "none");
  CHECK(complaint("pki issue " + std::string(254, 'a')).starts_with("NAME: "));
  CHECK(complaint("pki token " + std::string(64, 'a')) == "none");
  CHECK(complaint("pki token " + std::string(65, 'a')).starts_with("NAME: "));
}

TEST_CASE("what no host is asked at is no ADDRESS") {
  for (const char* bad : {"web1", "10.0.0.1/8", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "''"}) {
    CAPTURE(bad);
    CHECK(complaint("pki issue web1 " + std::string(bad)).starts_with("ADDRESS: "));
  }
  CHECK(complaint("pki issue 0.0.0.0") == R"(ADDRESS: "0.0.0.0" is not the address of a host)");
}

TEST_CASE("pki wants one of its three words, and issue and token a name") {
  CHECK(complaint("pki") ==
        "pki: what to do is missing: init, issue or token (see ttq pki --help)");
  CHECK(complaint("pki web1") == R"(pki: "web1" is not init, issue or token (see ttq pki --help))");
  CHECK(complaint("pki issue") == "NAME: it is missing (see ttq pki issue --help)");
  CHECK(complaint("pki token") == "NAME: it is missing (see ttq pki token --help)");
  CHECK(complaint("pki issue x --days 0") == R"(--days: "0" is not a number from 1 to 3650)");
  CHECK(complaint("pki issue x --days 3651").starts_with("--days: "));
  CHECK(options("show pki").target.address.host == "pki");
}

TEST_CASE("an option that is not for the command is refused, and not ignored") {
  CHECK(complaint("stdio --depth 3") == "--depth: it is not for ttq stdio (see ttq stdio --help)");
  CHECK(complaint("--no-color stdio").starts_with("--no-color: it is not for ttq stdio"));
  CHECK(complaint("web1 --pki /x") == "--pki: it is not for ttq show (see ttq show --help)");
  CHECK(complaint("deps web1 --client").starts_with("--client: it is not for ttq deps"));
  CHECK(complaint("hosts --days 3").starts_with("--days: it is not for ttq hosts"));
  CHECK(complaint("pki init --days 3").starts_with("--days: it is not for ttq pki init"));
  CHECK(complaint("pki token x --pki /x").starts_with("--pki: it is not for ttq pki token"));
  CHECK(complaint("pki issue x --socket /x").starts_with("--socket: it is not for ttq pki issue"));
}

TEST_CASE("the defaults are those of the manual") {
  const Options parsed = options("web1");
  CHECK(parsed.output == Output::tree);
  CHECK(parsed.limits.peer_port == 18870);
  CHECK(parsed.limits.host_timeout == 3s);
  CHECK(parsed.limits.timeout == 30s);
  CHECK(parsed.limits.concurrency == 64);
  CHECK(parsed.limits.max_hosts == 1000);
  CHECK(parsed.color);
  CHECK(parsed.query.span == Span{now - 1h, now});
}

TEST_CASE("the span: an hour before its end, and never into the future") {
  CHECK(options("-S -10min x").query.span == Span{now - 10min, now});
  CHECK(options("--since=-10min x").query.span == Span{now - 10min, now});
  CHECK(options("-U -1h x").query.span == Span{now - 2h, now - 1h});
  CHECK(options("-S -2h~30min -U 1h~ago x").query.span == Span{now - 150min, now - 1h});
  CHECK(options("-U +1d x").query.span == Span{now - 1h, now});
}

TEST_CASE("a bad value is one line that names the option") {
  CHECK(complaint("--depth x") == R"(--depth: "x" is not a number from 1 to 64)");
  CHECK(complaint("--depth 0") == R"(--depth: "0" is not a number from 1 to 64)");
  CHECK(complaint("--depth 65") == R"(--depth: "65" is not a number from 1 to 64)");
  CHECK(complaint("--depth -1") == R"(--depth: "-1" is not a number from 1 to 64)");
  CHECK(complaint("--depth ''") == "--depth: its value is empty");
  CHECK(complaint("--depth") == "--depth: a value is missing (see ttq --help)");
  CHECK(complaint("-o") == "--output: a value is missing (see ttq --help)");
  CHECK(complaint("-o xml") == R"(--output: "xml" is not tree, classic, json or dot)");
  CHECK(options("hosts -o json").output == Output::json);
  CHECK(complaint("hosts -o dot") == R"(--output: "dot" is not tree, json or http_sd)");
  CHECK(complaint("-S noon") == R"(--since: "noon" is not a time like -1h, yesterday or 03:04)");
  CHECK(complaint("-U x").starts_with("--until: "));
  CHECK(complaint("-S -1h -U -2h") == "--since: it is not before the end of the time asked about");
  CHECK(complaint("-S tomorrow").starts_with("--since: "));
  CHECK(complaint("--timeout 5") == R"(--timeout: "5" is not a time like 500ms, 3s or 2m)");
  CHECK(complaint("--host-timeout 0s").starts_with("--host-timeout: "));
  CHECK(complaint("--pgid 0").starts_with("--pgid: "));
  CHECK(complaint("--process ''") == "--process: its value is empty");
  CHECK(complaint("--peer-port 65536").starts_with("--peer-port: "));
  CHECK(complaint("--concurrency 0").starts_with("--concurrency: "));
  CHECK(complaint("--max-hosts 1e3").starts_with("--max-hosts: "));
  CHECK(complaint("--ipv4 ::1") == R"(--ipv4: "::1" is not an IPv4 address)");
  CHECK(complaint("--ipv4 10.0.0.1 web1") ==
        "--ipv4: it is a spelling of TARGET, and both are there");
  CHECK(complaint("--socket /x web1") == "--socket: it is for this host, and TARGET names a host");
  CHECK(complaint("--nonsense") == "--nonsense: no such option (see ttq --help)");
  CHECK(complaint("-x") == "-x: no such option (see ttq --help)");
  CHECK(complaint("deps web1 web2") == R"("web2": one TARGET is enough)");
  CHECK(complaint("depz web1") ==
        R"("depz": it is no command (see ttq --help), or "web1" is a TARGET too many)");
  CHECK(complaint("''").starts_with(R"(TARGET: "" is not)"));
  CHECK(complaint("-- -web1") == R"(TARGET: "-web1" begins with '-', and no host does)");
  CHECK(complaint("web1:99999") ==
        R"(TARGET: "web1:99999" does not end in a port from 1 to 65535)");
  CHECK(complaint("--self=maybe") == "--self: it takes no value (see ttq --help)");
}

TEST_CASE("trap 29: a complaint about a hostile argument is still one harmless line") {
  for (const char* bad : {"\x1b[2J\n", "--\x1b\n=1", "--depth=\x1b\n", "-o\n\x1b"}) {
    const std::string text = complaint(bad);
    CHECK(text != "none");
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
  }
}

TEST_CASE("help is made from the tables, and asked for in any company") {
  CHECK(notice("--help").find("  impact    what breaks without TARGET") != std::string::npos);
  CHECK(notice("-h").find("-S, --since TIME") != std::string::npos);
  CHECK(notice("impact --help").starts_with("ttq impact - "));
  CHECK(notice("impact --depth x --help").starts_with("ttq impact - "));
  CHECK(notice("--version").starts_with("ttq "));
  CHECK(notice("pki --help").find("  pki issue   makes the certificate") != std::string::npos);
  CHECK(notice("pki issue --help").find("Usage: ttq pki issue NAME [ADDRESS]... [OPTION]...\n") !=
        std::string::npos);
  for (const char* asked : {"--help", "deps --help", "stdio --help", "pki --help",
                            "pki init --help", "pki issue --help", "pki token --help"}) {
    const std::string help = notice(asked);
    for (const auto line : split(help, '\n')) {
      CAPTURE(line);
      CHECK(line.size() <= 100);
    }
  }
}

TEST_CASE("the help of a command lists the options that it takes, and no other") {
  const auto lists = [](const char* asked, const char* option) {
    return notice(asked).find(option) != std::string::npos;
  };
  CHECK(lists("--help", "--depth"));
  CHECK_FALSE(lists("--help", "--days"));
  CHECK(lists("hosts --help", "--concurrency"));
  CHECK_FALSE(lists("hosts --help", "--client"));
  CHECK(lists("stdio --help", "--socket"));
  CHECK_FALSE(lists("stdio --help", "--depth"));
  CHECK_FALSE(lists("stdio --help", "TARGET is"));
  CHECK(lists("pki issue --help", "--days N "));
  CHECK(lists("pki issue --help", "--version"));
  CHECK_FALSE(lists("pki issue --help", "--socket"));
  CHECK(lists("pki init --help", "--pki"));
  CHECK_FALSE(lists("pki init --help", "--days"));
  CHECK_FALSE(lists("pki token --help", "--pki"));
}

TEST_CASE("help and refusals tell the words that the parser takes for that command") {
  CHECK(notice("deps --help").find("tree, classic, json or dot (default") != std::string::npos);
  CHECK(notice("hosts --help").find("FORM         tree, json or http_sd (default") !=
        std::string::npos);
  for (const Command& command : commands()) {
    for (const OptionRow& row : option_rows()) {
      if (!row.is_for(command)) continue;
      for (const auto word : texts_of(row.words, command.group)) {
        CAPTURE(word);
        const std::string line = std::string(command.name) + " " + row.name() + " ";
        CHECK(complaint(line + std::string(word)) == "none");
      }
    }
  }
}
