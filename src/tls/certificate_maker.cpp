#include "tls/certificate_maker.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace ttq {
namespace {

using NamePtr = std::unique_ptr<X509_NAME, ReleasedBy<X509_NAME_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, ReleasedBy<BN_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, ReleasedBy<X509_EXTENSION_free>>;
using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, ReleasedBy<ASN1_OCTET_STRING_free>>;
using Ia5Ptr = std::unique_ptr<ASN1_IA5STRING, ReleasedBy<ASN1_IA5STRING_free>>;
using GeneralNamePtr = std::unique_ptr<GENERAL_NAME, ReleasedBy<GENERAL_NAME_free>>;
using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, ReleasedBy<GENERAL_NAMES_free>>;

constexpr int serial_bits = 128;
constexpr std::size_t longest_common_name = 64;  // ub-common-name of RFC 5280, appendix A

struct Extension {
  int nid;
  const char* value;  // as x509v3_config(5) spells it
};

constexpr std::array<Extension, 3> ca_extensions{{
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
}};

constexpr std::array<Extension, 4> leaf_extensions{{
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
}};

/// The top bit is set, so that each is 128 bits long; RFC 5280 4.1.2.2 allows 159.
bool set_serial(X509* certificate) {
  const NumberPtr number(BN_new());
  return number && BN_rand(number.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_time(ASN1_TIME* field, Time moment) {
  return ASN1_TIME_set(field, std::chrono::system_clock::to_time_t(moment)) != nullptr;
}

bool add_to_name(X509_NAME* name, int nid, const std::string& text) {
  return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

/// The common name is left out where it has no room; a host is known by its alternative names
/// anyway.
NamePtr make_name(const std::string& organization, const std::string& common_name) {
  NamePtr name(X509_NAME_new());
  const bool made = name && add_to_name(name.get(), NID_organizationName, organization) &&
                    (common_name.size() > longest_common_name ||
                     add_to_name(name.get(), NID_commonName, common_name));
  return made ? std::move(name) : nullptr;
}

/// So that a CA that is begun anew is not taken for the old one; nullptr: no random bytes.
NamePtr make_name_of_ca() {
  std::array<unsigned char, 4> mark{};
  if (RAND_bytes(mark.data(), static_cast<int>(mark.size())) != 1) return nullptr;
  return make_name(
      "ttq", "ttq fleet CA " + to_hex({reinterpret_cast<const char*>(mark.data()), mark.size()}));
}

bool add_extension(X509* certificate, X509* issuer, const Extension& extension) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr made(X509V3_EXT_conf_nid(nullptr, &context, extension.nid, extension.value));
  return made && X509_add_ext(certificate, made.get(), -1) == 1;
}

template <class Value>
bool append(GENERAL_NAMES* names, int type, Value value) {
  GeneralNamePtr name(GENERAL_NAME_new());
  if (!name) return false;
  GENERAL_NAME_set0_value(name.get(), type, value.release());
  if (sk_GENERAL_NAME_push(names, name.get()) == 0) return false;
  static_cast<void>(name.release());
  return true;
}

bool append_name(GENERAL_NAMES* names, const std::string& text) {
  Ia5Ptr value(ASN1_IA5STRING_new());
  return value && ASN1_STRING_set(value.get(), text.data(), static_cast<int>(text.size())) == 1 &&
         append(names, GEN_DNS, std::move(value));
}

/// Four bytes or sixteen, by its family (RFC 5280 4.2.1.6).
bool append_address(GENERAL_NAMES* names, const Address& address) {
  const std::size_t length = address.is_v4() ? 4 : 16;
  const auto& bytes = address.bytes();
  OctetsPtr value(ASN1_OCTET_STRING_new());
  return value &&
         ASN1_OCTET_STRING_set(value.get(), bytes.data() + (bytes.size() - length),
                               static_cast<int>(length)) == 1 &&
         append(names, GEN_IPADD, std::move(value));
}

bool add_alternative_names(X509* certificate, const Subject& subject) {
  const GeneralNamesPtr names(GENERAL_NAMES_new());
  if (!names) return false;
  const bool is_address = Address::parse(subject.name).has_value();
  if (!is_address && !append_name(names.get(), subject.name)) return false;
  const bool added =
      std::all_of(subject.addresses.begin(), subject.addresses.end(),
                  [&](const Address& address) { return append_address(names.get(), address); });
  return added && X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0,
                                    X509V3_ADD_DEFAULT) == 1;
}

/// What a certificate of any kind has, unsigned.
CertificatePtr begin_certificate(const NamePtr& name, EVP_PKEY* key, const Span& validity) {
  CertificatePtr certificate(X509_new());
  X509* raw = certificate.get();
  const bool made = certificate && name && X509_set_version(raw, X509_VERSION_3) == 1 &&
                    set_serial(raw) && set_time(X509_getm_notBefore(raw), validity.since) &&
                    set_time(X509_getm_notAfter(raw), validity.until) &&
                    X509_set_subject_name(raw, name.get()) == 1 && X509_set_pubkey(raw, key) == 1;
  return made ? std::move(certificate) : nullptr;
}

bool sign(X509* certificate, const Issuer& issuer) {
  return X509_set_issuer_name(certificate, X509_get_subject_name(issuer.certificate)) == 1 &&
         X509_sign(certificate, issuer.key, EVP_sha256()) != 0;
}

template <std::size_t count>
bool add_extensions(X509* certificate, X509* issuer,
                    const std::array<Extension, count>& extensions) {
  return std::all_of(extensions.begin(), extensions.end(), [&](const Extension& extension) {
    return add_extension(certificate, issuer, extension);
  });
}

bool add_purpose(X509* certificate, X509* issuer, const Subject& subject) {
  const bool is_host = subject.purpose == Purpose::host;
  return add_extension(certificate, issuer,
                       {NID_ext_key_usage, is_host ? "serverAuth" : "clientAuth"}) &&
         (!is_host || add_alternative_names(certificate, subject));
}

}  // namespace

Result<KeyPtr> make_key() {
  KeyPtr key(EVP_EC_gen("P-256"));
  if (!key) return openssl_fault("cannot make a key");
  return key;
}

Result<CertificatePtr> make_ca_certificate(EVP_PKEY* key, const Span& validity) {
  auto made = begin_certificate(make_name_of_ca(), key, validity);
  X509* raw = made.get();
  if (!made || !add_extensions(raw, raw, ca_extensions) || !sign(raw, {raw, key})) {
    return openssl_fault("cannot make the certificate of a CA");
  }
  return made;
}

Result<CertificatePtr> make_certificate(const Subject& subject, EVP_PKEY* key, const Issuer& issuer,
                                        const Span& validity) {
  const bool is_host = subject.purpose == Purpose::host;
  auto made = begin_certificate(make_name(is_host ? "ttq host" : "ttq client", subject.name), key,
                                validity);
  X509* raw = made.get();
  if (!made || !add_extensions(raw, issuer.certificate, leaf_extensions) ||
      !add_purpose(raw, issuer.certificate, subject) || !sign(raw, issuer)) {
    return openssl_fault("cannot make the certificate of " + clean(subject.name));
  }
  return made;
}

}  // namespace ttq
