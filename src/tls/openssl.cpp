#include "tls/openssl.h"

#include <openssl/err.h>

#include "base/text.h"

namespace ttq {

std::string take_openssl_words() {
  const auto first = ERR_get_error();
  ERR_clear_error();
  if (first == 0) return "";
  const char* reason = ERR_reason_error_string(first);
  return reason != nullptr ? clean(reason) : "error " + std::to_string(first);
}

Fault openssl_fault(std::string_view what) {
  const std::string words = take_openssl_words();
  return Fault{std::string(what) + ": " + (words.empty() ? "OpenSSL gives no reason" : words)};
}

}  // namespace ttq
