// ttq --via ssh, with a real sshd on every host, and no port of the daemons open.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// Keys for all of them, and an ssh for ttq that knows where they are.
class Keys {
 public:
  explicit Keys(fs::path dir) : dir_(std::move(dir)) {
    fs::create_directories(dir_ / "bin");
    for (const char* name : {"user", "host", "other"}) {
      must_run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", (dir_ / name).string()});
    }
    fs::copy_file(dir_ / "user.pub", dir_ / "authorized");
    know("host");
    log_in_with("user");
  }

  /// Whose key ttq's user believes every host to have.
  void know(const std::string& whose) const {
    const std::string key = read_file(dir_ / (whose + ".pub"));
    std::ofstream(dir_ / "known") << "* " << key.substr(0, key.rfind(' ')) << "\n";
  }
  void log_in_with(const std::string& whose) const {
    write("client.conf", "IdentityFile " + path(whose) + "\nIdentitiesOnly yes\nUser root\n" +
                             "UserKnownHostsFile " + path("known") +
                             "\nGlobalKnownHostsFile /dev/null\n");
    write("bin/ssh", "#!/bin/sh\nexec /usr/bin/ssh -F " + path("client.conf") + " \"$@\"\n");
    fs::permissions(dir_ / "bin/ssh", fs::perms::owner_all);
  }

  /// An sshd on that host, for which ttq is in the PATH, and the daemon's socket where it is by
  /// default: /run is this sshd's own.
  void serve(Host& host, const Daemon& daemon) const {
    const std::string conf = host.write(
        "sshd.conf",
        "Port 22\nHostKey " + path("host") + "\nAuthorizedKeysFile " + path("authorized") +
            "\nStrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\nPidFile none\n" +
            "SetEnv PATH=" + fs::path(ttq_program()).parent_path().string() +
            ":/usr/bin:/bin XDG_CONFIG_HOME=/run\n");
    const std::string script =
        "{ [ ! -d /etc/ttq ] || mount -t tmpfs none /etc/ttq; } && mount -t tmpfs none /run && "
        "mkdir -p /run/sshd /run/ttracerd && ln -s " +
        daemon.socket() + " /run/ttracerd/api.sock && exec /usr/sbin/sshd -D -e -f " + conf;
    const Program& sshd = host.start({"unshare", "--mount", "sh", "-c", script});
    if (!eventually(10s, [&] { return serves(sshd, 22); })) give_up("sshd: " + sshd.log());
  }

  [[nodiscard]] Outcome ask(const Host& host, const Argv& words) const {
    Argv command{"env", "PATH=" + path("bin") + ":/usr/bin:/bin"};
    const Argv ttq = ttq_command({"--via", "ssh"});
    command.insert(command.end(), ttq.begin(), ttq.end());
    command.insert(command.end(), words.begin(), words.end());
    return host.run(command);
  }

 private:
  [[nodiscard]] std::string path(const std::string& name) const { return (dir_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(dir_ / name) << text;
  }

  fs::path dir_;
};

/// An application and its database, each with a daemon that only its own host can reach.
struct Site {
  Lab lab;
  Host& data = lab.host("data", "10.0.0.2");
  Host& app = lab.host("app", "10.0.0.1");
  Keys keys{lab.dir() / "keys"};
  const Program& server = serve(data, 5432);
  const Program& client = hold(app, "10.0.0.2", 5432, 2);
  // A daemon with a name listens at its UNIX socket alone.
  Daemon on_data{data, Manner{.name = "only"}};
  Daemon on_app{app, Manner{.name = "only"}};
};

}  // namespace

TEST_CASE("a walk through ssh needs no port of the daemons, and finds what one over TCP finds") {
  Site site;
  site.keys.serve(site.data, site.on_data);
  site.keys.serve(site.app, site.on_app);
  const auto ask = [&] { return site.keys.ask(site.app, {"impact", "10.0.0.2:5432"}); };
  CHECK(eventually(20s, [&] { return ask().out.find("2 connections") != std::string::npos; }));
  const Outcome outcome = ask();
  CAPTURE(outcome.out);
  CAPTURE(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find("data: python3") == 0);
  CHECK(outcome.out.find("<─ app: python3") != std::string::npos);
  CHECK(outcome.out.find("Complete") != std::string::npos);
}

TEST_CASE("a host whose key is not the one we know is not asked, and its graph is not complete") {
  Site site;
  site.keys.serve(site.data, site.on_data);
  site.keys.know("other");
  const Outcome outcome = site.keys.ask(site.app, {"10.0.0.2"});
  CAPTURE(outcome.err);
  CHECK(outcome.status == 5);
  CHECK(outcome.err.find("Host key verification failed") != std::string::npos);
  CHECK(outcome.err.find("known_hosts") != std::string::npos);
}

TEST_CASE("a user whose key the host does not take is told so") {
  Site site;
  site.keys.serve(site.data, site.on_data);
  site.keys.log_in_with("other");
  const Outcome outcome = site.keys.ask(site.app, {"10.0.0.2"});
  CAPTURE(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("Permission denied") != std::string::npos);
}

TEST_CASE("a host without an sshd is one that gave no answer, and the rest is shown") {
  Site site;
  site.keys.serve(site.data, site.on_data);
  const auto ask = [&] { return site.keys.ask(site.app, {"impact", "10.0.0.2:5432"}); };
  CHECK(eventually(20s, [&] { return ask().out.find("2 connections") != std::string::npos; }));
  const Outcome outcome = ask();
  CAPTURE(outcome.out);
  CHECK(outcome.status == 4);
  CHECK(outcome.out.find("10.0.0.1") != std::string::npos);
  CHECK(outcome.out.find("Connection refused") != std::string::npos);
}
