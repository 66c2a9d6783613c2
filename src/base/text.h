// Text: numbers, pieces, and strings that come from strangers.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
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
/// `text` with `by` in the place of each `what`, which is not empty.
std::string replace_all(std::string_view text, std::string_view what, std::string_view by);
/// "tree, json or dot". REQUIRES: there is one.
std::string alternatives(std::span<const std::string_view> words);

/// Whether a character makes a terminal, an editor or a reader see something else than is there:
/// controls (C0, DEL, C1), line and paragraph separators, and all that Unicode wants to be
/// invisible (Default_Ignorable_Code_Point of DerivedCoreProperties.txt, Unicode 15, and U+FFF9-B):
/// what turns the direction of writing, zero-width characters, the byte order mark, tags. The one
/// place that says so; every output asks it, by clean() or by itself.
bool is_hostile(std::uint32_t code_point);

/// What a stranger named itself (comm, a path, a unit), made fit to be kept: valid UTF-8, at most
/// `max_bytes`, with each byte that is malformed and each hostile character replaced by U+FFFD.
/// Output formats escape further what is special to them.
std::string clean(std::string_view text, std::size_t max_bytes = 255);

/// Text that is UTF-8, with what `escape` makes of each hostile character in its place.
std::string escape_hostile(std::string_view text, std::string (*escape)(std::uint32_t));

/// FNV-1a, 64 bits; on disk. Not for anything that an enemy gains from breaking.
std::uint64_t fnv1a(std::string_view bytes, std::uint64_t seed = 0xcbf29ce484222325ULL);

/// Of the code point that begins `text`, in bytes; 0: that is no UTF-8. REQUIRES: text is not
/// empty.
std::size_t utf8_length(std::string_view text);

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);

}  // namespace ttq
