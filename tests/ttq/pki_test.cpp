// ttq pki as its users meet it, in a home of their own.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/text.h"
#include "run_program.h"
#include "store/scratch_dir.h"
#include "support/file_facts.h"
#include "tls/tokens.h"
#include "ttq/pki_words.h"

using namespace ttq;
using namespace ttq::test;
namespace fs = std::filesystem;

namespace {

bool has(const std::string& text, const std::string& piece) {
  return text.find(piece) != std::string::npos;
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// All three files of a directory of credentials, the key for its owner alone.
bool is_complete(const fs::path& dir) {
  return mode_of(dir) == 0700 && mode_of(dir / "key.pem") == 0600 &&
         text_of(dir / "ca.pem").starts_with("-----BEGIN CERTIFICATE-----\n") &&
         text_of(dir / "certificate.pem").starts_with("-----BEGIN CERTIFICATE-----\n") &&
         text_of(dir / "key.pem").starts_with("-----BEGIN PRIVATE KEY-----\n");
}

/// A user who has nothing yet.
struct User {
  [[nodiscard]] Outcome pki(const std::string& arguments) const {
    return run("pki " + arguments, "env -u XDG_CONFIG_HOME HOME=" + home.path().string());
  }

  ScratchDir home;
  fs::path config = home.path() / ".config/ttq";
};

}  // namespace

TEST_CASE("init makes a CA and a certificate for its user, and says what is next") {
  const User user;
  const Outcome outcome = user.pki("init 2>&1");
  CHECK(outcome.status == 0);
  CHECK(mode_of(user.config / "pki") == 0700);
  CHECK(mode_of(user.config / "pki/ca-key.pem") == 0600);
  CHECK(is_complete(user.config / "tls"));
  CHECK(text_of(user.config / "tls/ca.pem") == text_of(user.config / "pki/ca.pem"));
  CHECK(has(outcome.text, "A new CA is in " + (user.config / "pki").string() + "\nvalid until 20"));
  CHECK(outcome.text.ends_with("\nNext, for each host:\n  ttq pki issue NAME ADDRESS...\n"));
}

TEST_CASE("init does not touch a CA that is there: status 1, and one line that names the file") {
  const User user;
  REQUIRE(user.pki("init").status == 0);
  const std::string key = text_of(user.config / "pki/ca-key.pem");
  const std::string own = text_of(user.config / "tls/key.pem");
  const Outcome again = user.pki("init 2>&1");
  CHECK(again.status == 1);
  CHECK(lines(again.text) == 1);
  CHECK(again.text.starts_with("ttq: " + (user.config / "pki/ca-key.pem").string() +
                               " is there already"));
  CHECK(text_of(user.config / "pki/ca-key.pem") == key);
  CHECK(text_of(user.config / "tls/key.pem") == own);
}

TEST_CASE("init leaves credentials alone that are there, and says how to get those of the new CA") {
  const User user;
  fs::create_directories(user.config / "tls");
  const Outcome outcome = user.pki("init 2>&1");
  CHECK(outcome.status == 0);
  CHECK(fs::is_empty(user.config / "tls"));
  CHECK(has(outcome.text, (user.config / "tls").string() + " is there already"));
  CHECK(has(outcome.text, "\n  ttq pki issue --client "));
}

TEST_CASE("with --pki there is a CA alone, and the commands that are next name its place") {
  const User user;
  const std::string place = "'" + (user.home.path() / "a b").string() + "'";
  const Outcome outcome = user.pki("init --pki " + place + " 2>&1");
  CHECK(outcome.status == 0);
  CHECK(mode_of(user.home.path() / "a b/ca-key.pem") == 0600);
  CHECK_FALSE(fs::exists(user.home.path() / ".config"));
  CHECK(has(outcome.text, "  ttq pki issue NAME ADDRESS... --pki " + place + "\n"));
  const Outcome issued = user.pki("issue web1 10.0.0.1 --pki " + place + " 2>&1");
  CHECK(issued.status == 0);
  CHECK(is_complete(user.home.path() / "a b/hosts/web1"));
  CHECK(has(issued.text, "/a b/hosts/web1' -c . | ssh root@web1 '"));
}

TEST_CASE("XDG_CONFIG_HOME is where it all goes, unless it is relative") {
  const ScratchDir scratch;
  const std::string config = (scratch.path() / "c").string();
  const std::string home = "HOME=" + scratch.path().string();
  CHECK(run("pki init", "env " + home + " XDG_CONFIG_HOME=" + config).status == 0);
  CHECK(is_complete(scratch.path() / "c/ttq/tls"));
  CHECK(run("pki init", "env " + home + " XDG_CONFIG_HOME=relative").status == 0);
  CHECK(is_complete(scratch.path() / ".config/ttq/tls"));
  const Outcome homeless = run("pki init 2>&1", "env -u HOME -u XDG_CONFIG_HOME");
  CHECK(homeless.status == 1);
  CHECK(homeless.text == "ttq: --pki: no directory for files of ttq: HOME is not set\n");
}

TEST_CASE("issue makes a host's directory, and says for what it is and where it goes") {
  const User user;
  REQUIRE(user.pki("init").status == 0);
  const fs::path dir = user.config / "pki/hosts/web1";
  const Outcome outcome = user.pki("issue web1 10.0.0.1 2001:db8::1 2>&1");
  CHECK(outcome.status == 0);
  CHECK(is_complete(dir));
  CHECK(outcome.text.starts_with("The certificate of web1 is in " + dir.string() +
                                 "\nfor web1, 10.0.0.1, 2001:db8::1\nvalid until 20"));
  CHECK(has(outcome.text, "\n  tar -C " + dir.string() + " -c . | ssh root@web1 'cd /etc &&\n"));
  const std::string first = text_of(dir / "key.pem");
  CHECK(user.pki("issue web1 10.0.0.1").status == 0);
  CHECK(is_complete(dir));
  CHECK(text_of(dir / "key.pem") != first);
}

TEST_CASE("a name without an address but loopback is certified alone, and that is said") {
  const User user;
  REQUIRE(user.pki("init").status == 0);
  const Outcome outcome = user.pki("issue localhost 2>&1 >/dev/null");
  CHECK(outcome.status == 0);
  CHECK(lines(outcome.text) == 1);
  CHECK(has(outcome.text, "no address of localhost was found"));
  CHECK(has(user.pki("issue localhost 2>/dev/null").text, "\nfor localhost\n"));
  CHECK(user.pki("issue 10.0.0.9 2>&1 >/dev/null").text.empty());
}

TEST_CASE("a client's certificate says how it comes to its user") {
  const User user;
  REQUIRE(user.pki("init").status == 0);
  const fs::path dir = user.config / "pki/clients/bob";
  const Outcome outcome = user.pki("issue --client bob 2>&1");
  CHECK(outcome.status == 0);
  CHECK(is_complete(dir));
  CHECK(has(outcome.text, "\n  tar -C " + dir.string() + " -c . | ssh bob@MACHINE '"));
}

TEST_CASE("the commands that are said to be next do what they say, and once more") {
  const User user;
  REQUIRE(user.pki("init").status == 0);
  // In the place of ssh: the last argument, in a home that stands for the other machine's.
  const fs::path other = user.home.path() / "other";
  fs::create_directories(other);
  std::ofstream(user.home.path() / "ssh")
      << "#!/bin/sh\ncd " + other.string() + " && exec sh -c \"$2\"\n";
  fs::permissions(user.home.path() / "ssh", fs::perms::owner_all);
  const std::string environment = "export PATH=" + user.home.path().string() +
                                  ":$PATH HOME=" + user.home.path().string() + "\n";
  for (int time = 1; time <= 2; ++time) {
    const std::string said = user.pki("issue --client bob").text;
    const std::string command = said.substr(said.find("\n  tar ") + 1);
    REQUIRE(std::system((environment + command).c_str()) == 0);
    CHECK(is_complete(other / ".config/ttq/tls"));
    CHECK(text_of(other / ".config/ttq/tls/key.pem") ==
          text_of(user.config / "pki/clients/bob/key.pem"));
  }
}

TEST_CASE("what is cut to the end of its CA says so, and a path is one word of a shell") {
  const Span span{parse_time("2026-01-01T00:00:00Z").value(),
                  parse_time("2036-01-01T00:00:00Z").value()};
  CHECK(print_end({span, false}) == "valid until 2036-01-01T00:00:00Z\n");
  CHECK(
      print_end({span, true}) ==
      "valid until 2036-01-01T00:00:00Z, when the CA ends: that is before the days that were asked"
      " for\n");
  CHECK(quoted("/a/b-c_d.e") == "/a/b-c_d.e");
  CHECK(quoted("/a b/$(c)") == "'/a b/$(c)'");
  CHECK(quoted("it's") == R"('it'\''s')");
  CHECK(has(next_for_client("alice", "/x", "/home/alice/.config/ttq/tls"),
            "\n  mkdir -p /home/alice/.config/ttq && cp -r /x/. /home/alice/.config/ttq/tls\n"));
}

TEST_CASE("without a CA nothing is issued: status 1, and one line that says what to do") {
  const User user;
  const Outcome outcome = user.pki("issue web1 10.0.0.1 2>&1");
  CHECK(outcome.status == 1);
  CHECK(outcome.text == "ttq: there is no CA in " + (user.config / "pki").string() +
                            ": `ttq pki init` begins one\n");
  CHECK_FALSE(fs::exists(user.config));
}

TEST_CASE("where no file can be made it is status 1, and one line") {
  const User user;
  std::ofstream(user.home.path() / "file") << "x";
  const Outcome outcome =
      user.pki("init --pki " + (user.home.path() / "file/pki").string() + " 2>&1");
  CHECK(outcome.status == 1);
  CHECK(outcome.text == "ttq: " + (user.home.path() / "file").string() + ": Not a directory\n");
}

TEST_CASE("a token is alone on stdout, and stderr is what a daemon's file takes as it is") {
  const User user;
  const Outcome token = user.pki("token mon 2>" + (user.home.path() / "tokens").string());
  CHECK(token.status == 0);
  CHECK(token.text.starts_with("ttq_"));
  CHECK(lines(token.text) == 1);
  const std::string aside = text_of(user.home.path() / "tokens");
  CHECK_FALSE(has(aside, std::string(trim(token.text))));
  const auto book = TokenBook::parse(aside);
  REQUIRE(book);
  CHECK(book->owner_of(trim(token.text)) == "mon");
  CHECK_FALSE(fs::exists(user.config));
}

TEST_CASE("a NAME that is none is status 2, one line, and no file") {
  const User user;
  REQUIRE(user.pki("init").status == 0);
  for (const char* bad : {"issue ../x", "issue --client ../x", "token ../x", "issue ''", "issue"}) {
    const Outcome outcome = user.pki(std::string(bad) + " 2>&1");
    CHECK(outcome.status == 2);
    CHECK(lines(outcome.text) == 1);
  }
  CHECK_FALSE(fs::exists(user.config / "pki/hosts"));
  CHECK_FALSE(fs::exists(user.config / "pki/x"));
}
