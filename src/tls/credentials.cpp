#include "tls/credentials.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/small_file.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "tls/certificate_facts.h"
#include "tls/openssl.h"

namespace ttq {
namespace {

namespace fs = std::filesystem;

/// Forward secrecy and authenticated encryption alone; of TLS 1.3 there is nothing else.
constexpr const char* suites_of_tls12 = "ECDHE+AESGCM:ECDHE+CHACHA20";

Fault fault_of_file(const fs::path& file, std::string_view what) {
  return Fault{clean(file.string()) + ": " + std::string(what)};
}

/// Of a certificate with those that prove it. Whoever may knock can make us read one.
constexpr long most_bytes_of_a_chain = 32L << 10U;
constexpr int most_between = 8;

/// Nobody is there to be asked for it, and a daemon that is started at night must not wait.
int refuse_to_ask(char* /*to*/, int /*size*/, int /*for_writing*/, void* was_asked) {
  if (was_asked != nullptr) *static_cast<bool*>(was_asked) = true;
  return -1;
}

Result<SslContextPtr> make_context(const SSL_METHOD* method) {
  SslContextPtr context(SSL_CTX_new(method));
  if (!context) return openssl_fault("TLS");
  SSL_CTX* made = context.get();
  const bool is_set = SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) == 1 &&
                      SSL_CTX_set_cipher_list(made, suites_of_tls12) == 1;
  if (!is_set) return openssl_fault("TLS 1.2");
  // Sessions would be taken up again without the certificate that we ask for.
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(made, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(made, 0);
  SSL_CTX_set_max_cert_list(made, most_bytes_of_a_chain);
  SSL_CTX_set_verify_depth(made, most_between);
  SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                             SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(made, refuse_to_ask);
  return context;
}

bool is_there(const fs::path& file) {
  struct stat ignored {};
  return ::stat(file.c_str(), &ignored) == 0 || errno != ENOENT;
}

/// What only we may know: a Fault where others may read it, too.
Result<UniqueFd> open_secret(const fs::path& file) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return errno_fault(clean(file.string()));
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) return errno_fault(clean(file.string()));
  if (!S_ISREG(found.st_mode)) return fault_of_file(file, "is not a file");
  if ((found.st_mode & S_IRWXO) != 0) {
    return fault_of_file(file, "others may read it; chmod o= takes that away");
  }
  return fd;
}

Result<std::string> read_secret(const fs::path& file) {
  const auto fd = open_secret(file);
  return fd ? read_small_file(*fd, file) : fd.error();
}

/// OpenSSL's own words for a file that is absent or closed to us are worse.
Result<void> check_readable(const fs::path& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  return fd ? Result<void>() : errno_fault(clean(file.string()));
}

Result<void> use_key(SSL_CTX& context, const fs::path& file) {
  if (auto secret = open_secret(file); !secret) return secret.error();
  bool has_passphrase = false;
  SSL_CTX_set_default_passwd_cb_userdata(&context, &has_passphrase);
  const bool is_read = SSL_CTX_use_PrivateKey_file(&context, file.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(&context, nullptr);
  if (has_passphrase) {
    ERR_clear_error();
    return fault_of_file(file, "has a passphrase; `openssl pkey` writes it without");
  }
  const bool is_foreign = ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH;
  if (!is_read && !is_foreign) return openssl_fault(clean(file.string()));
  if (is_read && SSL_CTX_check_private_key(&context) == 1) return {};
  ERR_clear_error();
  return fault_of_file(file, "is not the key of the certificate beside it");
}

Result<void> show_certificate(SSL_CTX& context, const fs::path& directory) {
  const fs::path certificate = directory / certificate_file;
  if (auto readable = check_readable(certificate); !readable) return readable;
  if (SSL_CTX_use_certificate_chain_file(&context, certificate.c_str()) != 1) {
    return openssl_fault(clean(certificate.string()));
  }
  return use_key(context, directory / key_file);
}

/// Whoever is in the file is trusted, whether or not he signed himself: what else would he be
/// there for?
Result<void> trust(SSL_CTX& context, const fs::path& ca) {
  if (auto readable = check_readable(ca); !readable) return readable;
  if (SSL_CTX_load_verify_file(&context, ca.c_str()) != 1) return openssl_fault(clean(ca.string()));
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(&context), X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

/// Whoever has no certificate may show a token, or ask what strangers may.
Result<void> admit_clients_of(SSL_CTX& context, const fs::path& ca) {
  if (auto trusted = trust(context, ca); !trusted) return trusted;
  SSL_CTX_set_client_CA_list(&context, SSL_load_client_CA_file(ca.c_str()));
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, nullptr);
  return {};
}

Result<TokenBook> read_tokens(const fs::path& file) {
  if (!is_there(file)) return TokenBook();
  const auto text = read_secret(file);
  if (!text) return text.error();
  auto book = TokenBook::parse(*text);
  return book ? std::move(book) : book.error().in(clean(file.string()));
}

Result<std::string> read_token(const fs::path& file) {
  const auto text = read_secret(file);
  if (!text) return text.error();
  const std::string_view token = trim(*text);
  const bool is_one = !token.empty() && token.size() <= 256 &&
                      token.find_first_not_of(
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                          "0123456789-._~+/=") == token.npos;
  if (!is_one) return fault_of_file(file, "is not one line with a token");
  return std::string(token);
}

std::shared_ptr<SSL_CTX> share(SslContextPtr context) {
  return {context.release(), ReleasedBy<SSL_CTX_free>()};
}

}  // namespace

Result<std::shared_ptr<const ServerCredentials>> ServerCredentials::load(
    const fs::path& directory) {
  auto context = make_context(TLS_server_method());
  if (!context) return context.error();
  if (auto shown = show_certificate(**context, directory); !shown) return shown.error();
  X509* certificate = SSL_CTX_get0_certificate(context->get());
  if (X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0) != 1) {
    return fault_of_file(directory / certificate_file, "is not for a host, but for one who asks");
  }
  auto tokens = read_tokens(directory / tokens_file);
  if (!tokens) return tokens.error();
  const fs::path ca = directory / ca_file;
  if (tokens->empty() && !is_there(ca)) {
    return Fault{clean(directory.string()) + ": holds neither " + ca_file + " nor " + tokens_file +
                 ", so nobody could be admitted"};
  }
  if (is_there(ca)) {
    if (auto admitted = admit_clients_of(**context, ca); !admitted) return admitted.error();
  }
  const auto validity = validity_of(*certificate);
  if (!validity) return fault_of_file(directory / certificate_file, "has no dates");
  std::shared_ptr<ServerCredentials> loaded(new ServerCredentials);
  loaded->valid_until_ = validity->until;
  loaded->context_ = share(*std::move(context));
  loaded->tokens_ = *std::move(tokens);
  return std::shared_ptr<const ServerCredentials>(std::move(loaded));
}

Result<std::shared_ptr<const ClientCredentials>> ClientCredentials::load(
    const fs::path& directory) {
  auto context = make_context(TLS_client_method());
  if (!context) return context.error();
  if (auto trusted = trust(**context, directory / ca_file); !trusted) return trusted.error();
  SSL_CTX_set_verify(context->get(), SSL_VERIFY_PEER, nullptr);
  const bool has_certificate = is_there(directory / certificate_file);
  if (has_certificate) {
    if (auto shown = show_certificate(**context, directory); !shown) return shown.error();
  }
  std::shared_ptr<ClientCredentials> loaded(new ClientCredentials);
  if (!has_certificate && is_there(directory / token_file)) {
    auto token = read_token(directory / token_file);
    if (!token) return token.error();
    loaded->token_ = *std::move(token);
  }
  loaded->context_ = share(*std::move(context));
  return std::shared_ptr<const ClientCredentials>(std::move(loaded));
}

}  // namespace ttq
