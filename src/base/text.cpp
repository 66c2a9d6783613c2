#include "base/text.h"

#include <algorithm>
#include <iterator>

namespace ttq {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;  ///< bytes; 0: malformed
};

/// The code point that begins `text`, by RFC 3629: no overlong forms, no surrogates, none over
/// U+10FFFF.
CodePoint decode_utf8(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  std::uint32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return {};
    value = (value << 6U) | (byte & 0x3FU);
  }
  constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest[length] || surrogate || value > 0x10FFFF) return {};
  return {value, length};
}

struct CodePoints {
  std::uint32_t first;
  std::uint32_t last;
};

/// In order. What is next to each other in Unicode is one row, whatever it is for.
constexpr CodePoints hostile[] = {
    {0x0000, 0x001F},    // C0
    {0x007F, 0x009F},    // DEL, C1
    {0x00AD, 0x00AD},    // soft hyphen
    {0x034F, 0x034F},    // grapheme joiner
    {0x061C, 0x061C},    // Arabic letter mark
    {0x115F, 0x1160},    // Hangul fillers
    {0x17B4, 0x17B5},    // Khmer vowels that are not written
    {0x180B, 0x180F},    // Mongolian selectors and separator
    {0x200B, 0x200F},    // zero-width space and joiners; marks of direction
    {0x2028, 0x202E},    // line and paragraph separators; embeddings and overrides
    {0x2060, 0x206F},    // word joiner, invisible operators, isolates
    {0x3164, 0x3164},    // Hangul filler
    {0xFE00, 0xFE0F},    // variation selectors
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFA0, 0xFFA0},    // Hangul filler, half as wide
    {0xFFF0, 0xFFFB},    // unassigned; interlinear annotation
    {0x1BCA0, 0x1BCA3},  // shorthand controls
    {0x1D173, 0x1D17A},  // musical controls
    {0xE0000, 0xE0FFF},  // tags, more variation selectors
};

}  // namespace

std::string replace_all(std::string_view text, std::string_view what, std::string_view by) {
  std::string replaced;
  for (auto at = text.find(what); at != text.npos; at = text.find(what)) {
    replaced.append(text.substr(0, at)).append(by);
    text.remove_prefix(at + what.size());
  }
  return replaced.append(text);
}

std::string alternatives(std::span<const std::string_view> words) {
  std::string text(words.front());
  for (std::size_t i = 1; i < words.size(); ++i) {
    text.append(i + 1 < words.size() ? ", " : " or ").append(words[i]);
  }
  return text;
}

bool is_hostile(std::uint32_t code_point) {
  return std::any_of(std::begin(hostile), std::end(hostile), [&](const CodePoints& range) {
    return range.first <= code_point && code_point <= range.last;
  });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  return parse_integer<std::uint16_t>(text);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const auto at = text.find(separator);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string clean(std::string_view text, std::size_t max_bytes) {
  std::string cleaned;
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    const bool keep = point.length > 0 && !is_hostile(point.value);
    const std::size_t taken = point.length > 0 ? point.length : 1;
    const std::string_view piece = keep ? text.substr(0, taken) : replacement;
    if (cleaned.size() + piece.size() > max_bytes) break;
    cleaned += piece;
    text.remove_prefix(taken);
  }
  return cleaned;
}

std::string escape_hostile(std::string_view text, std::string (*escape)(std::uint32_t)) {
  std::string escaped;
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    const std::size_t taken = std::max<std::size_t>(point.length, 1);
    if (point.length > 0 && is_hostile(point.value)) {
      escaped += escape(point.value);
    } else {
      escaped += text.substr(0, taken);
    }
    text.remove_prefix(taken);
  }
  return escaped;
}

std::size_t utf8_length(std::string_view text) { return decode_utf8(text).length; }

std::uint64_t fnv1a(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t hash = seed;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += digits[value >> 4U];
    text += digits[value & 0xFU];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (; !text.empty(); text.remove_prefix(2)) {
    const auto byte = parse_integer<std::uint8_t>(text.substr(0, 2), 16);
    if (!byte) return std::nullopt;
    bytes += static_cast<char>(*byte);
  }
  return bytes;
}

}  // namespace ttq
