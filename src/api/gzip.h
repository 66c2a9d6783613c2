// Compresses an answer, piece by piece, for clients that accept it (RFC 1952).
//
// The level is zlib's quickest. Even where hardly a number comes twice, a report shrinks to a fifth
// of its length; the usual level takes a fifth more off, for three times the work, and the daemon
// is a guest on its host.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace ttq {

class Gzip {
 public:
  Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip();

  /// What has become ready, which may be nothing.
  [[nodiscard]] std::string add(std::string_view piece);
  /// The rest. REQUIRES: called last, once.
  [[nodiscard]] std::string finish();

 private:
  struct Stream;
  std::string deflate_all(std::string_view piece, int flush);

  std::unique_ptr<Stream> stream_;
};

/// By the value of Accept-Encoding; a client that does not say so gets what it can certainly read.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace ttq
