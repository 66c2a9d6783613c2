// Certificates of a fleet, as RFC 5280 wants them: of its CA, of its hosts, of those who ask them.
//
// Keys are ECDSA on P-256, signatures are with SHA-256, serial numbers are 128 random bits. The CA
// signs leaves and nothing else (pathlen 0). A leaf is of one purpose alone, which its extended key
// usage says and both sides of TLS check: so a key that was stolen from a host cannot ask the other
// hosts, and whoever may ask cannot pose as a host.
#pragma once

#include "tls/openssl.h"
#include "tls/subject.h"
#include "ttq/time.h"

namespace ttq {

/// Who certifies. Both live longer than this.
struct Issuer {
  X509* certificate;
  EVP_PKEY* key;
};

Result<KeyPtr> make_key();

/// Self-signed.
Result<CertificatePtr> make_ca_certificate(EVP_PKEY* key, const Span& validity);

/// Validity is in whole seconds.
Result<CertificatePtr> make_certificate(const Subject& subject, EVP_PKEY* key, const Issuer& issuer,
                                        const Span& validity);

}  // namespace ttq
