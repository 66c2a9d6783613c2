// What a directory of credentials has to hold, and what is said where it does not.
#include "tls/credentials.h"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <sys/resource.h>

#include "support/fleet.h"
#include "tls/certificate_maker.h"
#include "tls/watched_credentials.h"

using namespace ttq;
using namespace std::chrono_literals;
using test::Fleet;
using test::write_file;
namespace fs = std::filesystem;

namespace {

/// What is said of it; empty: it is good. Without the directory's name.
template <class Credentials>
std::string complaint(const fs::path& dir) {
  const auto loaded = Credentials::load(dir);
  if (loaded) return "";
  const std::string& message = loaded.error().message;
  REQUIRE(message.rfind(dir.string(), 0) == 0);
  return message.substr(dir.string().size());
}

std::string complaint_of_server(const fs::path& dir) { return complaint<ServerCredentials>(dir); }
std::string complaint_of_client(const fs::path& dir) { return complaint<ClientCredentials>(dir); }

constexpr const char* hash_of_anything =
    "alice sha256:0000000000000000000000000000000000000000000000000000000000000000\n";

}  // namespace

TEST_CASE("a host needs a certificate, its key, and somebody to admit") {
  Fleet fleet;
  const auto dir = fleet.host("web1", "10.0.0.1");
  CHECK(complaint_of_server(dir).empty());

  fs::remove(dir / ca_file);
  CHECK(complaint_of_server(dir) ==
        ": holds neither ca.pem nor tokens, so nobody could be admitted");
  write_file(dir / tokens_file, hash_of_anything);
  CHECK(complaint_of_server(dir).empty());

  fs::remove(dir / key_file);
  CHECK(complaint_of_server(dir) == "/key.pem: No such file or directory");
  fs::remove(dir / certificate_file);
  CHECK(complaint_of_server(dir) == "/certificate.pem: No such file or directory");
}

TEST_CASE("a key or a list of tokens that others may read is not used") {
  Fleet fleet;
  const auto dir = fleet.host("web1", "10.0.0.1");
  fs::permissions(dir / key_file, fs::perms(0644));
  CHECK(complaint_of_server(dir) == "/key.pem: others may read it; chmod o= takes that away");
  fs::permissions(dir / key_file, fs::perms(0640));
  CHECK(complaint_of_server(dir).empty());
  write_file(dir / tokens_file, hash_of_anything);
  fs::permissions(dir / tokens_file, fs::perms(0604));
  CHECK(complaint_of_server(dir) == "/tokens: others may read it; chmod o= takes that away");
}

TEST_CASE("a certificate that is for those who ask makes no host") {
  Fleet fleet;
  CHECK(complaint_of_server(fleet.client("alice")) ==
        "/certificate.pem: is not for a host, but for one who asks");
}

TEST_CASE("what is no certificate, no key, or another's, is named") {
  Fleet fleet;
  const auto dir = fleet.host("web1", "10.0.0.1");
  const auto other = fleet.host("web2", "10.0.0.2");
  fs::copy_file(other / key_file, dir / key_file, fs::copy_options::overwrite_existing);
  CHECK(complaint_of_server(dir) == "/key.pem: is not the key of the certificate beside it");
  write_file(dir / key_file, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  CHECK(complaint_of_server(dir).rfind("/key.pem: ", 0) == 0);
  write_file(dir / certificate_file, "no certificate");
  CHECK(complaint_of_server(dir) == "/certificate.pem: no start line");
  write_file(other / ca_file, "");
  CHECK(complaint_of_server(other).rfind("/ca.pem: ", 0) == 0);
  write_file(other / tokens_file, "alice\n");
  CHECK(complaint_of_server(other).rfind("/tokens: line 1", 0) == 0);
  fs::remove(other / tokens_file);
  fs::create_directory(other / tokens_file);
  CHECK(complaint_of_server(other) == "/tokens: is not a file");
}

TEST_CASE("a key with a passphrase is told as that, and nobody is asked for it") {
  Fleet fleet;
  const auto dir = fleet.host("web1", "10.0.0.1");
  FILE* file = std::fopen((dir / key_file).c_str(), "w");
  const auto key = make_key().value();
  const unsigned char word[] = "open sesame";
  REQUIRE(PEM_write_PKCS8PrivateKey(file, key.get(), EVP_aes_128_cbc(),
                                    reinterpret_cast<const char*>(word), sizeof word - 1, nullptr,
                                    nullptr) == 1);
  std::fclose(file);
  CHECK(complaint_of_server(dir) == "/key.pem: has a passphrase; `openssl pkey` writes it without");
}

TEST_CASE("a client needs to know whom to trust, and may have a certificate or a token") {
  Fleet fleet;
  const auto dir = fleet.client("alice");
  CHECK(complaint_of_client(dir).empty());
  fs::remove(dir / certificate_file);
  fs::remove(dir / key_file);
  write_file(dir / token_file, "  ttq_0123\n");
  CHECK(test::client_of(dir)->token() == "ttq_0123");
  for (const char* bad : {"", "\n", "two words", "two\nlines", "new\r\nHeader: x"}) {
    CAPTURE(bad);
    write_file(dir / token_file, bad);
    CHECK(complaint_of_client(dir) == "/token: is not one line with a token");
  }
  fs::remove(dir / token_file);
  CHECK(complaint_of_client(dir).empty());
  fs::remove(dir / ca_file);
  CHECK(complaint_of_client(dir) == "/ca.pem: No such file or directory");
}

TEST_CASE("credentials that have changed are taken, and those that cannot be used are not") {
  Fleet fleet;
  const auto dir = fleet.host("web1", "10.0.0.1");
  const auto watched = WatchedCredentials::open(dir).value();
  WatchedCredentials::Moment now{1h};
  const auto first = watched->current();
  const auto look = [&] { return watched->look(now += WatchedCredentials::between_looks); };
  CHECK_FALSE(look());
  CHECK(watched->current() == first);

  fleet.host("web1", "10.0.0.1");   // issued anew, in the same place
  CHECK_FALSE(watched->look(now));  // it has just looked
  CHECK(look());
  const auto second = watched->current();
  CHECK(second != first);

  write_file(dir / certificate_file, "half of a certif");
  CHECK_FALSE(look());
  CHECK(watched->current() == second);
  fleet.host("web1", "10.0.0.1");
  CHECK(look());

  write_file(dir / tokens_file, hash_of_anything);
  CHECK(look());
  CHECK_FALSE(watched->current()->tokens().empty());
}

TEST_CASE(
    "credentials that could not be read for want of a descriptor are read once there is one") {
  Fleet fleet;
  const auto dir = fleet.host("web1", "10.0.0.1");
  const auto watched = WatchedCredentials::open(dir).value();
  WatchedCredentials::Moment now{1h};
  const auto look = [&] { return watched->look(now += WatchedCredentials::between_looks); };
  fleet.host("web1", "10.0.0.1");
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &usual) == 0);
  const rlimit none{0, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const bool was_read = look();
  ::setrlimit(RLIMIT_NOFILE, &usual);
  CHECK_FALSE(was_read);
  CHECK(look());
}

TEST_CASE("until when a certificate is valid is known") {
  const Time made = test::now_of_the_clock();
  Fleet fleet(made, 10);
  const auto ends = test::server_of(fleet.host("web1", "10.0.0.1"))->valid_until();
  CHECK(ends - made > 9 * 24h);
  CHECK(ends - made < 11 * 24h);
}
