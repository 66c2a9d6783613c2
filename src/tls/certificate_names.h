// Whom a certificate is for.
#pragma once

#include <string>

using X509 = struct x509_st;

namespace ttq {

/// "web1, 10.0.0.4": its names and addresses (subject alternative names), cleaned, of many the
/// first; "nobody" where there are none. For people, who may have been lied to.
std::string print_names(const X509& certificate);

}  // namespace ttq
