// The seal on every value: `layout:1 body sum:8`, where the sum (checksum.h) is over the key, the
// layout and the body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace ttq {

/// What a body begins with.
ByteWriter begin_value();
/// The finished value; `body` was begun by begin_value().
std::string seal(std::string_view key, ByteWriter body);
/// The body, if layout and sum are right.
std::optional<std::string_view> unseal(std::string_view key, std::string_view value);

}  // namespace ttq
