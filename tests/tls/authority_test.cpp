// Certificates as those who check them see them: OpenSSL's own verification, by purpose, name and
// time, as both sides of TLS do it.
#include "tls/authority.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <openssl/pem.h>

#include <algorithm>
#include <fstream>

#include "store/scratch_dir.h"
#include "support/file_facts.h"
#include "tls/certificate_facts.h"
#include "tls/credentials.h"

using namespace ttq;
using test::mode_of;
using test::text_of;
using namespace std::chrono_literals;
using std::chrono::days;
namespace fs = std::filesystem;

namespace {

using StorePtr = std::unique_ptr<X509_STORE, ReleasedBy<X509_STORE_free>>;
using CheckPtr = std::unique_ptr<X509_STORE_CTX, ReleasedBy<X509_STORE_CTX_free>>;

const Time now = parse_time("2026-01-02T03:04:05Z").value();

CertificatePtr certificate_in(const fs::path& path) {
  const std::string text = text_of(path);
  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  REQUIRE(certificate);
  return certificate;
}

KeyPtr key_in(const fs::path& path) {
  const std::string text = text_of(path);
  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  REQUIRE(key);
  return key;
}

Authority created(const fs::path& dir, Time moment = now) {
  auto authority = Authority::create(dir, moment);
  if (!authority) FAIL(authority.error().message);
  return std::move(*authority);
}

/// A CA with a host, web1 at 10.0.0.1 and 2001:db8::1, and a client, alice.
struct Fleet {
  Fleet() {
    REQUIRE(ca.issue({Purpose::host, "web1", addresses("10.0.0.1", "2001:db8::1")}, days(730), host,
                     now));
    REQUIRE(ca.issue({Purpose::client, "alice", {}}, days(730), client, now));
  }

  static std::vector<Address> addresses(const char* one, const char* other) {
    return {Address::parse(one).value(), Address::parse(other).value()};
  }

  test::ScratchDir scratch;
  fs::path pki = scratch.path() / "pki";
  fs::path host = pki / "hosts/web1";
  fs::path client = pki / "clients/alice";
  Authority ca = created(pki);
};

/// X509_V_OK, or why not (X509_STORE_CTX_get_error(3)); its words differ from version to version.
int verify(const fs::path& credentials, const fs::path& ca, const char* purpose,
           Time moment = now) {
  const auto trusted = certificate_in(ca / ca_file);
  const auto leaf = certificate_in(credentials / certificate_file);
  const StorePtr store(X509_STORE_new());
  REQUIRE(X509_STORE_add_cert(store.get(), trusted.get()) == 1);
  const CheckPtr check(X509_STORE_CTX_new());
  REQUIRE(X509_STORE_CTX_init(check.get(), store.get(), leaf.get(), nullptr) == 1);
  REQUIRE(X509_STORE_CTX_set_default(check.get(), purpose) == 1);
  X509_STORE_CTX_set_time(check.get(), 0, std::chrono::system_clock::to_time_t(moment));
  X509_STORE_CTX_set_flags(check.get(), X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_verify_cert(check.get());
  return X509_STORE_CTX_get_error(check.get());
}

bool is_for_address(const X509* certificate, const char* address) {
  return X509_check_ip_asc(const_cast<X509*>(certificate), address, 0) == 1;
}

/// By its alternative names: an address is no name just because it is the subject's.
bool is_for_name(const X509* certificate, const char* name) {
  return X509_check_host(const_cast<X509*>(certificate), name, 0,
                         X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
}

}  // namespace

TEST_CASE("a host's certificate is good for a server of the fleet, a client's for a client") {
  const Fleet fleet;
  CHECK(verify(fleet.host, fleet.pki, "ssl_server") == X509_V_OK);
  CHECK(verify(fleet.client, fleet.pki, "ssl_client") == X509_V_OK);
}

TEST_CASE("a host cannot ask other hosts, and a client cannot pose as a host") {
  const Fleet fleet;
  CHECK(verify(fleet.host, fleet.pki, "ssl_client") == X509_V_ERR_INVALID_PURPOSE);
  CHECK(verify(fleet.client, fleet.pki, "ssl_server") == X509_V_ERR_INVALID_PURPOSE);
  const auto client = certificate_in(fleet.client / certificate_file);
  CHECK(X509_get_ext_by_NID(client.get(), NID_subject_alt_name, -1) < 0);
}

TEST_CASE("another CA's certificates are not trusted, and its name is another") {
  const Fleet fleet;
  const Fleet other;
  CHECK(verify(fleet.host, other.pki, "ssl_server") ==
        X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  CHECK(verify(fleet.client, other.pki, "ssl_client") ==
        X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST_CASE("nobody who was certified can certify others") {
  const Fleet fleet;
  const auto leaf = certificate_in(fleet.host / certificate_file);
  const auto key = key_in(fleet.host / key_file);
  const auto own = make_key();
  REQUIRE(own);
  const auto forged = make_certificate({Purpose::host, "db1", {}}, own->get(),
                                       {leaf.get(), key.get()}, {now, now + 24h});
  REQUIRE(forged);
  const auto trusted = certificate_in(fleet.pki / ca_file);
  const StorePtr store(X509_STORE_new());
  REQUIRE(X509_STORE_add_cert(store.get(), trusted.get()) == 1);
  REQUIRE(X509_STORE_add_cert(store.get(), leaf.get()) == 1);
  const CheckPtr check(X509_STORE_CTX_new());
  REQUIRE(X509_STORE_CTX_init(check.get(), store.get(), forged->get(), nullptr) == 1);
  X509_STORE_CTX_set_time(check.get(), 0, std::chrono::system_clock::to_time_t(now));
  CHECK(X509_verify_cert(check.get()) != 1);
  CHECK(X509_STORE_CTX_get_error(check.get()) == X509_V_ERR_INVALID_CA);
}

TEST_CASE("a host is known by its name and by each of its addresses, and by no other") {
  const Fleet fleet;
  const auto host = certificate_in(fleet.host / certificate_file);
  CHECK(is_for_name(host.get(), "web1"));
  CHECK_FALSE(is_for_name(host.get(), "web2"));
  CHECK_FALSE(is_for_name(host.get(), "10.0.0.1"));
  CHECK(is_for_address(host.get(), "10.0.0.1"));
  CHECK(is_for_address(host.get(), "2001:db8::1"));
  CHECK_FALSE(is_for_address(host.get(), "10.0.0.2"));
  CHECK_FALSE(is_for_address(host.get(), "::ffff:10.0.0.1"));
}

TEST_CASE("a host whose name is an address is known by that as an address alone") {
  const Fleet fleet;
  const fs::path dir = fleet.pki / "hosts/10.0.0.7";
  REQUIRE(fleet.ca.issue({Purpose::host, "10.0.0.7", {Address::parse("10.0.0.7").value()}}, days(1),
                         dir, now));
  const auto host = certificate_in(dir / certificate_file);
  CHECK(is_for_address(host.get(), "10.0.0.7"));
  CHECK_FALSE(is_for_name(host.get(), "10.0.0.7"));
}

TEST_CASE("a name that is too long for a common name is in the alternative names all the same") {
  const Fleet fleet;
  std::string name = std::string(60, 'a') + "." + std::string(60, 'b') + ".example";
  const fs::path dir = fleet.pki / "hosts" / name;
  REQUIRE(fleet.ca.issue({Purpose::host, name, {}}, days(1), dir, now));
  CHECK(is_for_name(certificate_in(dir / certificate_file).get(), name.c_str()));
  CHECK(verify(dir, fleet.pki, "ssl_server") == X509_V_OK);
}

TEST_CASE("a client's name is its common name") {
  const Fleet fleet;
  const auto client = certificate_in(fleet.client / certificate_file);
  std::array<char, 64> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(client.get()), NID_commonName, name.data(),
                            static_cast<int>(name.size()));
  CHECK(std::string(name.data()) == "alice");
}

TEST_CASE("what must be critical is, and serial numbers are 128 bits that do not repeat") {
  const Fleet fleet;
  const auto ca = certificate_in(fleet.pki / ca_file);
  const auto host = certificate_in(fleet.host / certificate_file);
  for (X509* certificate : {ca.get(), host.get()}) {
    for (const int nid : {NID_basic_constraints, NID_key_usage}) {
      const int at = X509_get_ext_by_NID(certificate, nid, -1);
      REQUIRE(at >= 0);
      CHECK(X509_EXTENSION_get_critical(X509_get_ext(certificate, at)) == 1);
    }
    CHECK(ASN1_STRING_length(X509_get0_serialNumber(certificate)) == 16);
    CHECK(X509_get_signature_nid(certificate) == NID_ecdsa_with_SHA256);
  }
  CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(ca.get()), X509_get0_serialNumber(host.get())) !=
        0);
  CHECK((X509_get_extension_flags(host.get()) & EXFLAG_CA) == 0);
  CHECK(X509_get_pathlen(ca.get()) == 0);
  CHECK(X509_get_key_usage(ca.get()) == (KU_KEY_CERT_SIGN | KU_CRL_SIGN));
  CHECK(X509_get_key_usage(host.get()) == KU_DIGITAL_SIGNATURE);
  CHECK(X509_get_extended_key_usage(host.get()) == XKU_SSL_SERVER);
}

TEST_CASE("certificates hold from five minutes ago, for clocks that differ, to their end") {
  const Fleet fleet;
  const auto at = [&](Time moment) { return verify(fleet.host, fleet.pki, "ssl_server", moment); };
  CHECK(at(now - 5min) == X509_V_OK);
  CHECK(at(now - 5min - 1s) == X509_V_ERR_CERT_NOT_YET_VALID);
  CHECK(at(now + days(730) - 1s) == X509_V_OK);
  CHECK(at(now + days(730)) == X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_CASE("a certificate does not outlive its CA, and says so; a CA that has ended issues none") {
  const Fleet fleet;
  const Time end = fleet.ca.validity().until;
  CHECK(end > now + days(3650));
  const Subject subject{Purpose::client, "bob", {}};
  const fs::path dir = fleet.pki / "clients/bob";
  const auto whole = fleet.ca.issue(subject, days(10), dir, end - days(10));
  REQUIRE(whole);
  CHECK_FALSE(whole->cut);
  const auto cut = fleet.ca.issue(subject, days(10), dir, end - days(10) + 1s);
  REQUIRE(cut);
  CHECK(cut->cut);
  CHECK(cut->validity.until == end);
  CHECK(validity_of(*certificate_in(dir / certificate_file)) == cut->validity);
  const auto late = fleet.ca.issue(subject, days(10), dir, end);
  REQUIRE_FALSE(late);
  CHECK(late.error().message.starts_with("the CA has ended at 2036-"));
}

TEST_CASE("dates beyond 2049 are written as X.509 wants them") {
  const test::ScratchDir scratch;
  const Time then = parse_time("2049-06-01T00:00:00Z").value();
  const auto ca = created(scratch.path() / "pki", then);
  CHECK(ca.validity().until == then - 5min + days(3652));
  REQUIRE(ca.issue({Purpose::client, "bob", {}}, days(3650), scratch.path() / "bob", then));
  CHECK(verify(scratch.path() / "bob", scratch.path() / "pki", "ssl_client", then + days(3649)) ==
        X509_V_OK);
}

TEST_CASE("keys are for their owner alone whatever the umask, and nothing else is left behind") {
  const mode_t before = ::umask(0);
  const Fleet fleet;
  ::umask(before);
  CHECK(mode_of(fleet.pki) == 0700);
  CHECK(mode_of(fleet.pki / "hosts") == 0700);
  CHECK(mode_of(fleet.host) == 0700);
  CHECK(mode_of(fleet.pki / ca_key_file) == 0600);
  CHECK(mode_of(fleet.host / key_file) == 0600);
  CHECK(mode_of(fleet.client / key_file) == 0600);
  CHECK(mode_of(fleet.host / certificate_file) == 0644);
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fleet.scratch.path())) {
    if (entry.is_regular_file()) ++files;
  }
  CHECK(files == 2 + 3 + 3);
}

TEST_CASE("a CA is not overwritten, and the fault names the file that is there") {
  const Fleet fleet;
  const std::string key = text_of(fleet.pki / ca_key_file);
  for (const char* name : {ca_key_file, ca_file}) {
    const auto again = Authority::create(fleet.pki, now);
    REQUIRE_FALSE(again);
    CHECK(again.error().message.starts_with((fleet.pki / name).string() + " is there already"));
    fs::remove(fleet.pki / name);
  }
  // Both are gone now, so there is nothing to overwrite.
  CHECK(Authority::create(fleet.pki, now));
  CHECK(text_of(fleet.pki / ca_key_file) != key);
}

TEST_CASE("a link that leads nowhere is in the way as well, and is not followed") {
  const test::ScratchDir scratch;
  fs::create_symlink(scratch.path() / "elsewhere", scratch.path() / ca_key_file);
  CHECK_FALSE(Authority::create(scratch.path(), now));
  CHECK_FALSE(fs::exists(scratch.path() / "elsewhere"));
}

TEST_CASE("issued again, a host has another key and certificate that fit, and keeps other files") {
  const Fleet fleet;
  const std::string key = text_of(fleet.host / key_file);
  const std::string certificate = text_of(fleet.host / certificate_file);
  std::ofstream(fleet.host / "tokens") << "# ours\n";
  REQUIRE(fleet.ca.issue({Purpose::host, "web1", Fleet::addresses("10.0.0.3", "10.0.0.4")},
                         days(30), fleet.host, now));
  CHECK(text_of(fleet.host / key_file) != key);
  CHECK(text_of(fleet.host / certificate_file) != certificate);
  const auto leaf = certificate_in(fleet.host / certificate_file);
  CHECK(X509_check_private_key(leaf.get(), key_in(fleet.host / key_file).get()) == 1);
  CHECK(is_for_address(leaf.get(), "10.0.0.3"));
  CHECK_FALSE(is_for_address(leaf.get(), "10.0.0.1"));
  CHECK(text_of(fleet.host / "tokens") == "# ours\n");
  CHECK(mode_of(fleet.host / key_file) == 0600);
}

TEST_CASE("a CA that was opened again issues what the first one did, and hands on all of ca.pem") {
  const Fleet fleet;
  const Fleet older;
  std::ofstream(fleet.pki / ca_file, std::ios::app) << text_of(older.pki / ca_file);
  const auto again = Authority::open(fleet.pki);
  REQUIRE(again);
  CHECK(again->validity() == fleet.ca.validity());
  REQUIRE(again->issue({Purpose::host, "db1", {}}, days(1), fleet.pki / "hosts/db1", now));
  CHECK(verify(fleet.pki / "hosts/db1", fleet.pki, "ssl_server") == X509_V_OK);
  CHECK(text_of(fleet.pki / "hosts/db1" / ca_file) == text_of(fleet.pki / ca_file));
}

TEST_CASE("what cannot be opened says which file is at fault") {
  const Fleet fleet;
  const Fleet other;
  const auto complaint = [&] {
    const auto opened = Authority::open(fleet.pki);
    return opened ? "none" : opened.error().message;
  };
  CHECK(complaint() == "none");
  fs::copy(other.pki / ca_file, fleet.pki / ca_file, fs::copy_options::overwrite_existing);
  CHECK(complaint() ==
        (fleet.pki / ca_key_file).string() + " is not the key of the certificate in ca.pem");
  std::ofstream(fleet.pki / ca_file) << "no PEM\n";
  CHECK(complaint() == (fleet.pki / ca_file).string() + ": no start line");
  std::ofstream(fleet.pki / ca_key_file) << "no PEM\n";
  CHECK(complaint().starts_with((fleet.pki / ca_key_file).string() + ": "));
  fs::remove(fleet.pki / ca_key_file);
  CHECK(complaint() == "there is no CA in " + fleet.pki.string() + ": `ttq pki init` begins one");
}

TEST_CASE("a directory that cannot be made is a fault that names it") {
  const test::ScratchDir scratch;
  std::ofstream(scratch.path() / "file") << "x";
  const auto made = Authority::create(scratch.path() / "file/pki", now);
  REQUIRE_FALSE(made);
  CHECK(made.error().message == (scratch.path() / "file").string() + ": Not a directory");
}
