// A fleet with certificates, from nothing: ttq pki, daemons that answer by TLS, and a walk.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "lab/ca.h"
#include "lab/daemon_processes.h"
#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// An application and its database.
struct Site {
  Lab lab;
  Host& data = lab.host("data", "10.0.0.2");
  Host& app = lab.host("app", "10.0.0.1");
  Ca ca{lab.dir() / "home"};
  const Program& server = serve(data, 5432);
  const Program& client = hold(app, "10.0.0.2", 5432, 2);

  /// What curl is answered, and the status behind it.
  [[nodiscard]] std::string curl(const std::string& path, const Argv& shown = {}) const {
    Argv command{"curl", "-sS",           "--max-time", "10",
                 "-w",   " %{http_code}", "--cacert",   ca.own() / "ca.pem"};
    command.insert(command.end(), shown.begin(), shown.end());
    command.push_back("https://10.0.0.2:18870" + path);
    const Outcome outcome = app.run(command);
    return outcome.out + outcome.err;
  }
  [[nodiscard]] Argv certificate() const {
    return {"--cert", ca.own() / "certificate.pem", "--key", ca.own() / "key.pem"};
  }
};

bool ends(const std::string& text, std::string_view end) { return text.ends_with(end); }

bool holds(const std::string& text, std::string_view piece) {
  return text.find(piece) != std::string::npos;
}

}  // namespace

TEST_CASE("three commands, and a walk goes over TLS from host to host") {
  Site site;
  const Daemon on_data(site.data, by_tls(site.data, site.ca.give(site.data, "10.0.0.2")));
  const Daemon on_app(site.app, by_tls(site.app, site.ca.give(site.app, "10.0.0.1")));
  const auto ask = [&] { return site.ca.ask(site.app, {"impact", "10.0.0.2:5432"}); };
  CHECK(eventually(20s, [&] { return holds(ask().out, "2 connections"); }));
  const Outcome outcome = ask();
  CAPTURE(outcome.out);
  CAPTURE(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find("data: python3") == 0);
  CHECK(holds(outcome.out, "<─ app: python3"));
  CHECK(holds(outcome.out, "Complete"));

  const Outcome plain = site.ca.ask(site.app, {"10.0.0.2", "--via", "tcp"});
  CHECK(plain.status == 1);
  CHECK(holds(plain.err, "it speaks TLS alone"));
}

TEST_CASE("strangers are told of health, and whoever shows a certificate or a token of all") {
  Site site;
  const auto there = site.ca.give(site.data, "10.0.0.2");
  const Outcome token = site.ca.pki({"token", "monitor"});
  REQUIRE(token.status == 0);
  site.data.write("tls/tokens", token.err);
  fs::permissions(there / "tokens", fs::perms(0600));
  const Daemon daemon(site.data, by_tls(site.data, there));
  const std::string bearer = "Authorization: Bearer " + token.out.substr(0, token.out.size() - 1);
  CHECK(ends(site.curl("/v1/health"), " 200"));
  CHECK(ends(site.curl("/metrics"), " 200"));
  CHECK(ends(site.curl("/v1/flows"), " 403"));
  CHECK(ends(site.curl("/v1/flows", site.certificate()), " 200"));
  CHECK(ends(site.curl("/v1/flows", {"-H", bearer}), " 200"));
  CHECK(ends(site.curl("/v1/flows", {"-H", bearer + "0"}), " 401"));
  CHECK(ends(site.app.run({"curl", "-sS", "-w", " %{http_code}", "http://10.0.0.2:18870/"}).out,
             " 426"));
  CHECK(daemon.get("/v1/flows").status == 200);  // by the UNIX socket, as ever
}

TEST_CASE("a host that is not of the fleet, or not the one that was asked, is not believed") {
  Site site;
  const Ca other(site.lab.dir() / "other");
  const Daemon impostor(site.data, by_tls(site.data, other.give(site.data, "10.0.0.2")));
  Outcome outcome = site.ca.ask(site.app, {"10.0.0.2"});
  CAPTURE(outcome.err);
  CHECK(outcome.status == 5);
  CHECK(holds(outcome.err, "its certificate is not accepted"));

  const Daemon moved(site.app, by_tls(site.app, site.ca.give(site.app, "10.0.0.99")));
  outcome = site.ca.ask(site.app, {"10.0.0.1"});
  CHECK(outcome.status == 5);
  CHECK(holds(outcome.err, "it is for app, 10.0.0.99, and not for 10.0.0.1"));
}

TEST_CASE("a host among others that is not believed makes the graph incomplete, and is named") {
  Site site;
  const Ca other(site.lab.dir() / "other");
  const Daemon on_data(site.data, by_tls(site.data, site.ca.give(site.data, "10.0.0.2")));
  const Daemon impostor(site.app, by_tls(site.app, other.give(site.app, "10.0.0.1")));
  const auto ask = [&] { return site.ca.ask(site.data, {"impact", "10.0.0.2:5432"}); };
  CHECK(eventually(20s, [&] { return holds(ask().out, "2 connections"); }));
  const Outcome outcome = ask();
  CAPTURE(outcome.out);
  CHECK(outcome.status == 4);
  CHECK(holds(outcome.out, "10.0.0.1"));
  CHECK(holds(outcome.out, "its certificate is not accepted"));
}

TEST_CASE("a certificate that is renewed is shown without a restart, also by another user") {
  Site site;
  const auto there = site.ca.give(site.data, "10.0.0.2");
  const Daemon daemon(site.data, by_tls(site.data, there, {"--user", "nobody"}));
  const auto serial = [&] {
    return site.app
        .run({"sh", "-c",
              "openssl s_client -connect 10.0.0.2:18870 </dev/null 2>/dev/null |"
              " openssl x509 -noout -serial"})
        .out;
  };
  const std::string before = serial();
  CHECK(before.starts_with("serial="));

  // As whoever renews it does: files in the place of those that were there, for the group to read.
  site.ca.give(site.data, "10.0.0.2");
  for (const char* name : {"key.pem", "certificate.pem", "ca.pem"}) {
    must_run({"chgrp", "nogroup", (there / name).string()});
    fs::permissions(there / name, fs::perms(0640));
  }
  CHECK(eventually(20s, [&] { return serial().starts_with("serial=") && serial() != before; }));
  CHECK(holds(daemon.program().log(), "the credentials have changed"));

  // A server that is started again is root's no more, and reads them all the same.
  ::kill(server_of(daemon.program()), SIGKILL);
  CHECK(eventually(20s, [&] { return ends(site.curl("/v1/flows", site.certificate()), " 200"); }));
}

TEST_CASE("a directory of credentials that was replaced as a whole is used, or needs a restart") {
  Site site;
  const auto there = site.ca.give(site.data, "10.0.0.2");
  const Daemon daemon(site.data, by_tls(site.data, there));
  fs::rename(there, site.data.dir() / "tls-before");
  site.ca.give(site.data, "10.0.0.2");
  // It looks when anybody comes. Without Landlock the new one is in reach.
  const auto told = [&] {
    if (!ends(site.curl("/v1/health"), " 200")) return false;
    const std::string log = daemon.program().log();
    return holds(log, "another directory is in the place") ||
           holds(log, "the credentials have changed; ");
  };
  CHECK(eventually(20s, told));
  CHECK(ends(site.curl("/v1/flows", site.certificate()), " 200"));
}

TEST_CASE("credentials that cannot be used keep it from starting, with one line") {
  Site site;
  const auto there = site.ca.give(site.data, "10.0.0.2");
  const auto refused = [&] {
    const Outcome outcome = site.data.run(daemon_command(site.data, by_tls(site.data, there)));
    CHECK(outcome.status == 1);
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    return outcome.err;
  };
  fs::permissions(there / "key.pem", fs::perms(0644));
  CHECK(holds(refused(), "key.pem: others may read it; chmod o= takes that away"));
  fs::remove(there / "key.pem");
  CHECK(holds(refused(), "key.pem: No such file or directory"));
}
