// Text: numbers, pieces, and strings that come from strangers.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ttq {

/// The whole of `text` as a number in `base`: no sign for unsigned types, no blanks, no overflow.
template <class Integer>
std::optional<Integer> parse_integer(std::string_view text, int base = 10) {
  Integer value{};
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || rest != end || text.empty()) return std::nullopt;
  return value;
}

/// A port: 0 to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text);

std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);

/// What a stranger named itself (comm, a path, a unit), made fit to be kept: valid UTF-8, at most
/// `max_bytes`, with each byte sequence that is malformed, each control character (C0, DEL, C1) and
/// each character that turns the direction of writing (U+200E-F, U+202A-E, U+2066-9) and U+2028-9
/// replaced by U+FFFD. Output formats escape further what is special to them.
std::string clean(std::string_view text, std::size_t max_bytes = 255);

/// FNV-1a, 64 bits; on disk. Not for anything that an enemy gains from breaking.
std::uint64_t fnv1a(std::string_view bytes, std::uint64_t seed = 0xcbf29ce484222325ULL);

/// Of the code point that begins `text`, in bytes; 0: that is no UTF-8. REQUIRES: text is not
/// empty.
std::size_t utf8_length(std::string_view text);

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);

}  // namespace ttq
