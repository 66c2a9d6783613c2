// ssh as a way to a host: what is run, and what is made of how it ends. The ssh here is a script in
// the PATH; a real one is in tests/lab/ssh_test.cpp.
#include "walk/ssh.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "walk/http_peer.h"

using namespace ttq;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// A program called ssh, first in the PATH for as long as this lives.
class FakeSsh {
 public:
  explicit FakeSsh(const std::string& script) {
    REQUIRE(::mkdtemp(dir_.data()) != nullptr);
    std::ofstream(fs::path(dir_) / "ssh") << "#!/bin/sh\n" << script << "\n";
    REQUIRE(::chmod((fs::path(dir_) / "ssh").c_str(), 0755) == 0);
    REQUIRE(::setenv("PATH", (dir_ + ":" + before_).c_str(), 1) == 0);
  }
  ~FakeSsh() {
    ::setenv("PATH", before_.c_str(), 1);
    fs::remove_all(dir_);
  }
  FakeSsh(const FakeSsh&) = delete;
  FakeSsh& operator=(const FakeSsh&) = delete;

  [[nodiscard]] std::string file(const char* name) const {
    std::ifstream in(fs::path(dir_) / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] const std::string& dir() const { return dir_; }

 private:
  std::string dir_ = (fs::temp_directory_path() / "ssh-XXXXXX").string();
  std::string before_ = std::getenv("PATH");
};

/// Asks each host once.
class Once : public Asker {
 public:
  Answer<Deadline> begin(PeerQuestion&) override {
    return std::chrono::steady_clock::now() + patience;
  }
  std::vector<PeerQuestion> hear(const PeerQuestion&, Told answer) override {
    told.push_back(std::move(answer));
    return {};
  }

  std::chrono::milliseconds patience = 20s;
  std::vector<Told> told;
};

PeerFailure failure_of(const std::string& script, std::chrono::milliseconds patience = 20s) {
  const FakeSsh ssh(script);
  Once asker;
  asker.patience = patience;
  HttpPeer({.via = Via::ssh}).ask({{.at = {.host = "web1"}}}, 4, asker);
  REQUIRE(asker.told.size() == 1);
  REQUIRE(asker.told[0].failure);
  return *asker.told[0].failure;
}

}  // namespace

TEST_CASE("what is run asks nothing, lends no key, and takes no name for an option") {
  CHECK(ssh_command("-oProxyCommand=x") ==
        std::vector<std::string>{"ssh", "-oBatchMode=yes", "-oForwardAgent=no", "--",
                                 "-oProxyCommand=x", "ttq", "stdio"});
}

TEST_CASE("a host is asked through the command's standard streams") {
  const FakeSsh ssh(R"(dir=$(dirname "$0")
printf '%s\n' "$@" > "$dir/words"
read -r request
printf '%s' "$request" > "$dir/request"
body='{"host":{"id":"web1","instance":"i","name":"web1","addresses":[],"version":"1","probe":"netlink","probe_reason":null,"degradations":[],"now":"2026-01-02T12:00:00Z"},"since":"2026-01-02T11:00:00Z","until":"2026-01-02T12:00:00Z","coverage":[],"flows":[],"next":null}'
printf 'HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n%s' "${#body}" "$body")");
  Once asker;
  HttpPeer({.via = Via::ssh}).ask({{.at = {.host = "web1"}}}, 4, asker);
  REQUIRE(asker.told.size() == 1);
  REQUIRE_MESSAGE(asker.told[0].report, asker.told[0].failure->message);
  CHECK(asker.told[0].report->host.name == "web1");
  CHECK(ssh.file("words") == "-oBatchMode=yes\n-oForwardAgent=no\n--\nweb1\nttq\nstdio\n");
  CHECK(ssh.file("request").find("GET /v1/flows?") == 0);
}

TEST_CASE("a key that the host does not take is denied") {
  const auto failure = failure_of("echo 'root@web1: Permission denied (publickey).' >&2; exit 255");
  CHECK(failure.state == HostState::denied);
  CHECK(failure.message == "ssh: root@web1: Permission denied (publickey).");
}

TEST_CASE("a host that is not the one we know is not trusted") {
  const auto failure = failure_of("echo 'Host key verification failed.' >&2; exit 255");
  CHECK(failure.state == HostState::untrusted);
}

TEST_CASE("a host without ttq, and one where no daemon runs, are unreachable, and it is said why") {
  CHECK(failure_of("exit 127").message ==
        "ssh: there is no ttq on that host, or it is not in the PATH");
  const auto failure = failure_of("echo 'ttq: no daemon answers at /run/x' >&2; exit 1");
  CHECK(failure.state == HostState::unreachable);
  CHECK(failure.message == "ssh: ttq: no daemon answers at /run/x");
}

TEST_CASE("an ssh that says nothing is left in time, and does not live on") {
  const FakeSsh ssh("echo $$ > \"$(dirname \"$0\")/pid\"; exec sleep 600");
  Once asker;
  asker.patience = 300ms;
  HttpPeer({.via = Via::ssh}).ask({{.at = {.host = "web1"}}}, 4, asker);
  REQUIRE(asker.told.size() == 1);
  CHECK(asker.told[0].failure->state == HostState::timeout);
  const std::string pid = ssh.file("pid");
  REQUIRE_FALSE(pid.empty());
  CHECK_FALSE(fs::exists("/proc/" + pid.substr(0, pid.size() - 1)));
}

TEST_CASE("what ssh complains of cannot draw on the terminal, and is not long") {
  const auto failure = failure_of(R"(printf '\033]0;x\007%0999d\n' 7 >&2; exit 255)");
  CHECK(failure.message.find('\033') == std::string::npos);
  CHECK(failure.message.size() < 300);
}

TEST_CASE("no ssh at all is a failure of that host, and not of the walk") {
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);
  Once asker;
  HttpPeer({.via = Via::ssh}).ask({{.at = {.host = "web1"}}}, 4, asker);
  ::setenv("PATH", before.c_str(), 1);
  REQUIRE(asker.told.size() == 1);
  CHECK(asker.told[0].failure->message == "start ssh: No such file or directory");
}
