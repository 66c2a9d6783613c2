// What every user of OpenSSL in this directory needs: owners of its objects, and its faults in
// words.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "ttq/result.h"

namespace ttq {

template <auto release>
struct ReleasedBy {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};

using BioPtr = std::unique_ptr<BIO, ReleasedBy<BIO_free_all>>;
using CertificatePtr = std::unique_ptr<X509, ReleasedBy<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, ReleasedBy<EVP_PKEY_free>>;
using SslPtr = std::unique_ptr<SSL, ReleasedBy<SSL_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, ReleasedBy<SSL_CTX_free>>;

/// What OpenSSL says of the first fault since it was last asked, cleaned; empty: nothing. It keeps
/// them for each thread (ERR_get_error(3)), so whoever has met one takes all of them away.
std::string take_openssl_words();

/// "WHAT: no start line".
Fault openssl_fault(std::string_view what);

}  // namespace ttq
