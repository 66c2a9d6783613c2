#include "lab/lab.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

std::size_t namespaces_of(pid_t pid) {
  const std::string prefix = "ttq-" + std::to_string(pid) + "-";
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/run/netns")) {
    if (entry.path().filename().string().starts_with(prefix)) ++count;
  }
  return count;
}

/// Not even a zombie has an executable.
bool alive(pid_t pid) {
  std::error_code gone;
  [[maybe_unused]] const auto exe = fs::read_symlink("/proc/" + std::to_string(pid) + "/exe", gone);
  return !gone;
}

}  // namespace

TEST_CASE("hosts reach each other by IPv4 and by IPv6") {
  Lab lab;
  Host& web = lab.host("web", "10.0.0.10");
  Host& client = lab.host("client", "10.0.0.11");
  app(web, {.port = 8080});
  CHECK(client.run({"curl", "-sS", "http://10.0.0.10:8080/"}).out == "ok\n");
  CHECK(client.run({"curl", "-sS", "http://[fd00::10]:8080/"}).out == "ok\n");
}

TEST_CASE("a program has a process group of its own, and a log") {
  Lab lab;
  Program& program = lab.host("a", "10.0.0.1").start({"sh", "-c", "echo hello; exec sleep 60"});
  CHECK(::getpgid(program.pid()) == program.pid());
  CHECK(eventually(5s, [&] { return program.log() == "hello\n"; }));
  CHECK(eventually(5s, [&] { return program.comm() == "sleep"; }));
}

TEST_CASE("what a program says at its end is told") {
  const Outcome outcome = run({"sh", "-c", "echo out; echo err >&2; exit 3"});
  CHECK(outcome.out == "out\n");
  CHECK(outcome.err == "err\n");
  CHECK(outcome.status == 3);
}

TEST_CASE("a lab leaves nothing behind, not even what turned itself into a daemon") {
  fs::path dir;
  std::string pid;
  {
    Lab lab;
    dir = lab.dir();
    Host& host = lab.host("a", "10.0.0.1");
    host.start({"sh", "-c",
                "setsid sh -c 'echo $$ > " + (host.dir() / "pid").string() +
                    "; trap \"\" INT TERM; while :; do sleep 1; done' & exit 0"});
    REQUIRE(eventually(5s, [&] { return !(pid = read_file(host.dir() / "pid")).empty(); }));
    REQUIRE(alive(std::stoi(pid)));
    REQUIRE(namespaces_of(::getpid()) == 2);
  }
  CHECK_FALSE(alive(std::stoi(pid)));
  CHECK_FALSE(fs::exists(dir));
  CHECK(namespaces_of(::getpid()) == 0);
}

TEST_CASE("a test that is killed leaves nothing behind either") {
  const pid_t test = ::fork();
  REQUIRE(test >= 0);
  if (test == 0) {
    Lab lab;
    lab.host("a", "10.0.0.1").start({"sleep", "600"});
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(test, &status, 0);
  REQUIRE((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));  // so far it got
  CHECK(eventually(10s, [&] { return namespaces_of(test) == 0; }));
}

TEST_CASE("every server of the lab serves") {
  Lab lab;
  Host& client = lab.host("client", "10.0.0.2");
  Host& web = lab.host("web", "10.0.0.10");
  Host& back = lab.host("back", "10.0.0.11");
  Program& database = postgres(back);
  app(back, {.port = 8080, .address = "10.0.0.11", .database = "127.0.0.1:5432"});
  redis(back, "10.0.0.11");
  log_receiver(back, 24224);
  dnsmasq(back);
  nginx(web, {.upstream = "10.0.0.11:8080"});
  haproxy(web, 81, "127.0.0.1:80");
  log_forwarder(web, web.dir() / "access.log", "10.0.0.11", 24224);

  CHECK(client.run({"curl", "-sS", "http://10.0.0.10:81/"}).out == "ok\n");
  const auto received = [&] { return !read_file(back.dir() / "received.log").empty(); };
  CHECK(eventually(10s, received));
  CHECK(wrk(client, "http://10.0.0.10/").comm() == "wrk");
  CHECK(hold(client, "10.0.0.11", 6379, 3).running());
  CHECK(serves(database, 53, "udp"));
  CHECK(database.comm() == "postgres");
  CHECK(database.stop() == 0);
}
