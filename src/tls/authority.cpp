#include "tls/authority.h"

#include <openssl/pem.h>

#include <algorithm>

#include "base/small_file.h"
#include "tls/certificate_facts.h"
#include "tls/credentials.h"
#include "tls/private_files.h"

namespace ttq {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::days life_of_ca(3652);  // ten years, two leap days at least among them
constexpr std::chrono::minutes clocks_differ_by(5);

std::string text_of(BIO* memory) {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(memory, &bytes);
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : "";
}

Result<std::string> print_pem(X509* certificate) {
  const BioPtr memory(BIO_new(BIO_s_mem()));
  if (!memory || PEM_write_bio_X509(memory.get(), certificate) != 1) {
    return openssl_fault("cannot print a certificate");
  }
  return text_of(memory.get());
}

Result<std::string> print_pem(EVP_PKEY* key) {
  const BioPtr memory(BIO_new(BIO_s_secmem()));
  if (!memory || PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr,
                                               nullptr) != 1) {
    return openssl_fault("cannot print a key");
  }
  return text_of(memory.get());
}

BioPtr reader_of(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Result<KeyPtr> read_key(const fs::path& path) {
  const auto text = read_small_file(path);
  if (!text) return text.error();
  KeyPtr key(PEM_read_bio_PrivateKey(reader_of(*text).get(), nullptr, nullptr, nullptr));
  if (!key) return openssl_fault(path.string());
  return key;
}

/// The first in it: the CA's own.
Result<CertificatePtr> read_certificate(const std::string& text, const fs::path& path) {
  CertificatePtr certificate(PEM_read_bio_X509(reader_of(text).get(), nullptr, nullptr, nullptr));
  if (!certificate) return openssl_fault(path.string());
  return certificate;
}

Result<void> check_that_none_is_in(const fs::path& dir) {
  for (const char* name : {ca_key_file, ca_file}) {
    std::error_code unknown;
    if (fs::symlink_status(dir / name, unknown).type() == fs::file_type::not_found) continue;
    return Fault{
        (dir / name).string() +
        " is there already: a CA is not overwritten, since all that it issued would be void"};
  }
  return {};
}

/// The key first: it claims the place, and whoever comes second is refused.
Result<void> write_ca(const fs::path& dir, const std::string& key, const std::string& certificate) {
  const auto made = make_private_directories(dir);
  if (!made) return made.error();
  const auto claimed = write_new_file(dir / ca_key_file, key, Secrecy::secret);
  if (!claimed) return claimed.error();
  return write_new_file(dir / ca_file, certificate, Secrecy::open);
}

Result<void> write_credentials(const fs::path& dir, const std::string& ca, const std::string& key,
                               const std::string& certificate) {
  const auto made = make_private_directories(dir);
  if (!made) return made.error();
  const auto trusted = replace_file(dir / ca_file, ca, Secrecy::open);
  if (!trusted) return trusted.error();
  const auto keyed = replace_file(dir / key_file, key, Secrecy::secret);
  if (!keyed) return keyed.error();
  return replace_file(dir / certificate_file, certificate, Secrecy::open);
}

}  // namespace

Result<Authority> Authority::create(const fs::path& dir, Time now) {
  const auto vacant = check_that_none_is_in(dir);
  if (!vacant) return vacant.error();
  auto key = make_key();
  if (!key) return key.error();
  const Time since = std::chrono::floor<std::chrono::seconds>(now - clocks_differ_by);
  auto certificate = make_ca_certificate(key->get(), {since, since + life_of_ca});
  if (!certificate) return certificate.error();
  const auto key_text = print_pem(key->get());
  if (!key_text) return key_text.error();
  const auto text = print_pem(certificate->get());
  if (!text) return text.error();
  const auto written = write_ca(dir, *key_text, *text);
  if (!written) return written.error();
  return open(dir);
}

Result<Authority> Authority::open(const fs::path& dir) {
  std::error_code unknown;
  if (fs::status(dir / ca_key_file, unknown).type() == fs::file_type::not_found) {
    return Fault{"there is no CA in " + dir.string() + ": `ttq pki init` begins one"};
  }
  Authority authority;
  auto key = read_key(dir / ca_key_file);
  if (!key) return key.error();
  authority.key_ = std::move(*key);
  auto text = read_small_file(dir / ca_file);
  if (!text) return text.error();
  authority.ca_text_ = std::move(*text);
  auto certificate = read_certificate(authority.ca_text_, dir / ca_file);
  if (!certificate) return certificate.error();
  authority.certificate_ = std::move(*certificate);
  const auto validity = validity_of(*authority.certificate_);
  if (!validity)
    return Fault{(dir / ca_file).string() + ": it does not say until when it is valid"};
  authority.validity_ = *validity;
  if (X509_check_private_key(authority.certificate_.get(), authority.key_.get()) != 1) {
    static_cast<void>(take_openssl_words());
    return Fault{(dir / ca_key_file).string() + " is not the key of the certificate in " + ca_file};
  }
  return authority;
}

Result<Issued> Authority::issue(const Subject& subject, std::chrono::days length,
                                const fs::path& dir, Time now) const {
  if (validity_.until <= now) {
    return Fault{"the CA has ended at " + print_time(validity_.until) + ": begin a new one"};
  }
  const Time asked = std::chrono::floor<std::chrono::seconds>(now + length);
  const Issued issued{{std::chrono::floor<std::chrono::seconds>(now - clocks_differ_by),
                       std::min(asked, validity_.until)},
                      asked > validity_.until};
  const auto key = make_key();
  if (!key) return key.error();
  const auto certificate =
      make_certificate(subject, key->get(), {certificate_.get(), key_.get()}, issued.validity);
  if (!certificate) return certificate.error();
  const auto key_text = print_pem(key->get());
  if (!key_text) return key_text.error();
  const auto text = print_pem(certificate->get());
  if (!text) return text.error();
  const auto written = write_credentials(dir, ca_text_, *key_text, *text);
  if (!written) return written.error();
  return issued;
}

}  // namespace ttq
