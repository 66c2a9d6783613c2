// A directory of credentials: whom to trust, and who we are. The daemon has one, and so has `ttq`;
// `ttq pki` fills them, and whoever has a CA of his own puts his files there under these names.
#pragma once

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

}  // namespace ttq
