// A small certificate authority for one fleet: a key and a certificate in a directory, and what it
// issues in directories of credentials (credentials.h).
//
// It keeps no list of what it issued, and revokes nothing: whom it should not have certified, the
// fleet gets rid of with a CA that is begun anew. So the directory can be kept on a machine that
// has no network, and copied as it is.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "tls/certificate_maker.h"

namespace ttq {

/// PEM; in the directory of a CA, beside its ca_file. Whoever has it is the CA.
constexpr const char* ca_key_file = "ca-key.pem";

struct Issued {
  Span validity;
  bool cut = false;  ///< it ends with its CA, before the days that were asked for
};

class Authority {
 public:
  /// Makes a CA for ten years, and its directory. A Fault where a file of one is there already:
  /// that stays untouched.
  static Result<Authority> create(const std::filesystem::path& dir, Time now);

  /// The one that is there. A Fault says what is missing, and what to do where nothing is there.
  static Result<Authority> open(const std::filesystem::path& dir);

  /// Makes a key and a certificate, and with those of the CA a directory of credentials of it; what
  /// is there under these names is replaced, file by file and the certificate last. Until that, a
  /// daemon which looks meets a key that does not fit, and looks again when the certificate
  /// changes. The clocks of those who check may be five minutes late.
  [[nodiscard]] Result<Issued> issue(const Subject& subject, std::chrono::days length,
                                     const std::filesystem::path& dir, Time now) const;

  [[nodiscard]] const Span& validity() const { return validity_; }

 private:
  Authority() = default;

  KeyPtr key_;
  CertificatePtr certificate_;
  std::string ca_text_;  ///< of its ca_file, in which there may be others too
  Span validity_;
};

}  // namespace ttq
