// What a certificate says: whom it is for, and for how long.
#pragma once

#include <optional>
#include <string>

#include "ttq/time.h"

using X509 = struct x509_st;

namespace ttq {

/// "web1, 10.0.0.4": its names and addresses (subject alternative names), cleaned, of many the
/// first; "nobody" where there are none. For people, who may have been lied to.
std::string print_names(const X509& certificate);

/// From when until when; none: the certificate does not say it so that it could be read.
std::optional<Span> validity_of(const X509& certificate);

}  // namespace ttq
