// The chunked coding of HTTP/1.1 (RFC 9112 7.1), for answers whose length is not known beforehand.
#pragma once

#include <string>
#include <string_view>

namespace ttq {

inline constexpr std::string_view last_chunk = "0\r\n\r\n";

/// REQUIRES: not empty, which would be the end.
std::string chunk(std::string_view piece);

/// The head of an answer, made one of unknown length: chunked, or until the connection ends.
/// REQUIRES: it has a line Content-Length.
std::string with_unknown_length(std::string_view head, bool is_chunked);

}  // namespace ttq
