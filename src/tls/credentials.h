// A directory of credentials: whom to trust, and who we are. The daemon has one, and so has `ttq`;
// `ttq pki` fills them, and whoever has a CA of his own puts his files there under these names.
//
// TLS 1.2 is the least that is spoken, whatever the system's OpenSSL would still do. Who may be
// which is in the certificates (extended key usage, RFC 5280 4.2.1.12): a host's is no client's, so
// a key that was stolen from a host asks no other host.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "tls/tokens.h"
#include "ttq/result.h"
#include "ttq/time.h"

using SSL_CTX = struct ssl_ctx_st;

namespace ttq {

/// PEM; the CA's certificate (or several): whose certificates the other side may show.
constexpr const char* ca_file = "ca.pem";
/// PEM; our own certificate, and after it those between it and the CA, if there are any.
constexpr const char* certificate_file = "certificate.pem";
/// PEM; its private key. Nobody but its user and group may read it.
constexpr const char* key_file = "key.pem";
/// Of `ttq`: the bearer token that it shows where it has no certificate; one line.
constexpr const char* token_file = "token";
/// Of the daemon: whose tokens are accepted, hashed (tokens.h); a line each.
constexpr const char* tokens_file = "tokens";

/// Those of the daemon.
inline constexpr std::array server_files{ca_file, certificate_file, key_file, tokens_file};

/// What the daemon shows, and whom it admits. Safe to use from several threads.
class ServerCredentials {
 public:
  /// A Fault names the file, and says what to do. Certificate and key have to be there, and the CA
  /// or tokens, or nobody could be admitted.
  static Result<std::shared_ptr<const ServerCredentials>> load(
      const std::filesystem::path& directory);

  [[nodiscard]] SSL_CTX& context() const { return *context_; }
  [[nodiscard]] const TokenBook& tokens() const { return tokens_; }
  /// When our certificate ends.
  [[nodiscard]] Time valid_until() const { return valid_until_; }

 private:
  ServerCredentials() = default;

  std::shared_ptr<SSL_CTX> context_;
  TokenBook tokens_;
  Time valid_until_;
};

/// Whom `ttq` trusts, and what it shows. Safe to use from several threads.
class ClientCredentials {
 public:
  /// The CA has to be there. Certificate and key, or a token, or nothing: then only what hosts tell
  /// strangers will be told.
  static Result<std::shared_ptr<const ClientCredentials>> load(
      const std::filesystem::path& directory);

  [[nodiscard]] SSL_CTX& context() const { return *context_; }
  [[nodiscard]] const std::optional<std::string>& token() const { return token_; }

 private:
  ClientCredentials() = default;

  std::shared_ptr<SSL_CTX> context_;
  std::optional<std::string> token_;
};

}  // namespace ttq
