// ttq pki: certificates and tokens, so that hosts and those who ask them know each other. See
// ttq-pki(1).
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "tls/subject.h"
#include "ttq/result.h"
#include "ttq/time.h"

namespace ttq {

/// Of a certificate, unless another is asked for: two years.
constexpr std::chrono::days usual_length(730);

/// Of a CA; none: the user's own, ~/.config/ttq/pki.
using CaPlace = std::optional<std::filesystem::path>;

/// Makes the CA, and for the user's own a client's certificate where ttq finds it.
struct PkiInit {
  CaPlace place;
};

/// Makes the certificate of a host or of a client, in a directory of the CA's.
struct PkiIssue {
  CaPlace place;
  Subject subject;  ///< a host without addresses has those that its name has
  std::chrono::days length = usual_length;
};

/// Makes a token: alone on standard output, and on standard error what the daemons must know of it,
/// as lines for their file of tokens.
struct PkiToken {
  std::string name;
};

using PkiTask = std::variant<PkiInit, PkiIssue, PkiToken>;

/// Says on standard output what was made, until when it is valid and what to type next. A Fault is
/// one line for standard error.
Result<void> carry_out(const PkiTask& task, Time now);

}  // namespace ttq
