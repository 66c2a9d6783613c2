// The program as its users meet it: exit status, and which stream says what.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "run_program.h"
#include "store/scratch_dir.h"

using namespace ttq::test;

namespace {

bool is_one_line(const std::string& text) {
  return text.ends_with('\n') && std::count(text.begin(), text.end(), '\n') == 1;
}

}  // namespace

TEST_CASE("a bad option is status 2, one line on stderr and nothing on stdout") {
  const Outcome errors = run("--depth x 2>&1 >/dev/null");
  CHECK(errors.status == 2);
  CHECK(errors.text == "ttq: --depth: \"x\" is not a number from 1 to 64\n");
  CHECK(run("--depth x 2>/dev/null").text.empty());
}

TEST_CASE("no daemon is status 1, and one line that says what to do") {
  const Outcome outcome = run("--socket /nonexistent/s 2>&1");
  CHECK(outcome.status == 1);
  CHECK(is_one_line(outcome.text));
  CHECK(outcome.text.find("/nonexistent/s") != std::string::npos);
  CHECK(outcome.text.find("is ttracerd running?") != std::string::npos);
}

TEST_CASE("credentials that cannot be used are no matter of this host's daemon") {
  const ScratchDir home;
  const auto dir = home.path() / ".config/ttq/tls";
  std::filesystem::create_directories(dir);
  std::ofstream(dir / "ca.pem") << "nothing of the kind";
  const std::string at_home = "env -u XDG_CONFIG_HOME HOME=" + home.path().string();
  const Outcome local = run("--socket /nonexistent/s 2>&1", at_home);
  CHECK(local.text.find("is ttracerd running?") != std::string::npos);
  const Outcome other = run("127.0.0.1 2>&1", at_home);
  CHECK(other.status == 1);
  CHECK(other.text.find("your credentials cannot be used: " + (dir / "ca.pem").string()) !=
        std::string::npos);
  std::filesystem::rename(dir / "ca.pem", dir / "certificate.pem");
  CHECK(run("127.0.0.1 2>&1", at_home).text.find("ca.pem: No such file") != std::string::npos);
  std::filesystem::rename(dir / "certificate.pem", dir / "ca.pem");
  const Outcome asked_for = run("--via tls 2>&1", at_home);
  CHECK(asked_for.status == 1);
  CHECK(asked_for.text.starts_with("ttq: --tls: " + (dir / "ca.pem").string()));
}

TEST_CASE("stdio without a daemon is status 1, and one line for whoever ran it by ssh") {
  const Outcome outcome = run("stdio --socket /nonexistent/s 2>&1 </dev/null");
  CHECK(outcome.status == 1);
  CHECK(outcome.text == "ttq: no daemon answers at /nonexistent/s: No such file or directory\n");
}

TEST_CASE("JSON stays JSON when the target cannot be asked") {
  const Outcome outcome = run("--socket /nonexistent/s -o json 2>/dev/null");
  CHECK(outcome.status == 1);
  CHECK(outcome.text.starts_with("{\"schema_version\":1"));
  CHECK(is_one_line(outcome.text));
}

TEST_CASE("help and version are status 0 on stdout") {
  CHECK(run("--help").status == 0);
  CHECK(run("impact --help").text.starts_with("ttq impact"));
  CHECK(is_one_line(run("--version").text));
}

TEST_CASE(
    "an answer that cannot be written is status 1, a reader who has gone is none of our trouble") {
  const Outcome full = run("--help 2>&1 >/dev/full");
  CHECK(full.status == 1);
  CHECK(full.text == "ttq: cannot write to stdout: No space left on device\n");
  // The reader has closed its end before ttq begins.
  const Outcome gone = run("--version 2>&1 | true");
  CHECK(gone.text.empty());
  CHECK(run("--help >/dev/null; exec 3>&1; { sleep 0.2; " TTQ_PROGRAM
            " --help; echo $? >&3; } 2>&3 | true")
            .text == "0\n");
}
