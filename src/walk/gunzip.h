// Undoes gzip (RFC 1952), as far as we are willing to: eight megabytes of blanks are eight
// kilobytes on the wire.
#pragma once

#include <string>
#include <string_view>

#include "ttq/result.h"

namespace ttq {

inline constexpr std::size_t max_text_bytes = 8U << 20U;

/// A Fault for what is no gzip, is cut off, or becomes longer than max_text_bytes; then no more
/// than that was ever held.
Result<std::string> gunzip(std::string_view bytes);

}  // namespace ttq
