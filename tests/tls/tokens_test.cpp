#include "tls/tokens.h"

#include <doctest/doctest.h>

#include "base/text.h"

using namespace ttq;

namespace {

// printf %s ttq_alice | sha256sum, and of ttq_bob.
constexpr const char* alices =
    "alice sha256:6f733eba7b35bee1fb001d07e6ef2b8fe84a854b64da4a0399dc3262b3494705";
constexpr const char* bobs =
    "bob sha256:e38cb43f2e4de1bd72306236373662b2351e177ba4d6290efa95a2a8ef20defc";

TokenBook book(const std::string& text) {
  auto parsed = TokenBook::parse(text);
  if (!parsed) FAIL(parsed.error().message);
  return std::move(*parsed);
}

std::string complaint(const std::string& text) {
  const auto parsed = TokenBook::parse(text);
  return parsed ? "none" : parsed.error().message;
}

std::string line(const std::string& name, const std::string& token) {
  return print_token_line(name, token).value();
}

}  // namespace

TEST_CASE("a token is its prefix and 32 random bytes, each time others") {
  const std::string token = make_token().value();
  CHECK(token.size() == 68);
  CHECK(token.starts_with("ttq_"));
  CHECK(from_hex(token.substr(4)).has_value());
  CHECK(token != make_token().value());
}

TEST_CASE("the line of a token has its SHA-256, as sha256sum has it") {
  CHECK(line("alice", "ttq_alice") == alices);
  CHECK(line("bob", "ttq_bob") == bobs);
}

TEST_CASE("a token is known by its line, and nobody else's is") {
  const std::string token = make_token().value();
  const TokenBook tokens = book(std::string(alices) + "\n" + line("carol", token) + "\n" + bobs);
  CHECK(tokens.owner_of("ttq_alice") == "alice");
  CHECK(tokens.owner_of("ttq_bob") == "bob");
  CHECK(tokens.owner_of(token) == "carol");
  CHECK(tokens.owner_of(token + "0") == std::nullopt);
  CHECK(tokens.owner_of(token.substr(0, 67)) == std::nullopt);
  CHECK(tokens.owner_of("") == std::nullopt);
  CHECK(tokens.owner_of("alice") == std::nullopt);
  CHECK(TokenBook().owner_of(token) == std::nullopt);
}

TEST_CASE("the hash in the file is no token") {
  const std::string hash(split(alices, ':').back());
  CHECK(book(alices).owner_of(hash) == std::nullopt);
  CHECK(book(alices).owner_of("sha256:" + hash) == std::nullopt);
}

TEST_CASE("a token of more than 256 bytes is nobody's, even if its hash is there") {
  const std::string longest(256, 'x');
  CHECK(book(line("a", longest)).owner_of(longest) == "a");
  CHECK(book(line("a", longest + "x")).owner_of(longest + "x") == std::nullopt);
}

TEST_CASE("comments, empty lines, blanks and line ends of another system are left out") {
  const TokenBook tokens = book("# who may ask\n\n  \t\n" + std::string(alices) +
                                "\r\n # bob has left\n\t" + bobs + "  ");
  CHECK(tokens.owner_of("ttq_alice") == "alice");
  CHECK(tokens.owner_of("ttq_bob") == "bob");
  CHECK_FALSE(tokens.empty());
  CHECK(book("").empty());
  CHECK(book("# none\n").empty());
}

TEST_CASE("what is wrong in the file is told with its line, and without a secret") {
  const std::string hash(split(alices, ':').back());
  const std::string good(alices);
  CHECK(complaint(good + "\nbob") == "line 2: it is not NAME sha256:HEX");
  CHECK(complaint("# x\n\nttq_secret") == "line 3: it is not NAME sha256:HEX");
  CHECK(complaint("bob ttq_secret") ==
        "line 1: after the name there is no sha256:HEX, as `ttq pki token` prints it");
  constexpr const char* no_hash =
      "line 1: after sha256: there are not 64 hex digits and nothing else";
  CHECK(complaint("bob sha256:") == no_hash);
  CHECK(complaint("bob sha256:" + hash.substr(2)) == no_hash);
  CHECK(complaint("bob sha256:" + hash + "00") == no_hash);
  CHECK(complaint("bob sha256:" + hash + " x") == no_hash);
  CHECK(complaint("bob sha256:zz" + hash.substr(2)) == no_hash);
  CHECK(complaint("b/b sha256:" + hash).starts_with("line 1: the name is not 1 to 64 of"));
  CHECK(complaint(std::string(65, 'b') + " sha256:" + hash).starts_with("line 1: the name is"));
  CHECK(complaint(std::string(64, 'b') + " sha256:" + hash) == "none");
  CHECK(complaint(good + "\n" + good) == "line 2: alice has a token already");
  CHECK(complaint(good + "\nbob sha256:" + hash) == "line 2: this is the token of alice already");
}

TEST_CASE("there are 1,024 tokens at most") {
  std::string text;
  for (int i = 0; i < 1024; ++i) {
    text += line("user" + std::to_string(i), "token" + std::to_string(i)) + "\n";
  }
  CHECK(book(text).owner_of("token1023") == "user1023");
  CHECK(complaint(text + alices) == "line 1025: more than 1024 tokens");
}
