// JSON text laid out as a tape: one cell for each value in the order of the text, each with the way
// to the next one beside it. Nothing is copied; cells point into the text.
//
//   {"a": [1, "x"]}    cells: 0 object (next 5)  1 "a" (2)  2 array (5)  3 number (4)  4 "x" (5)
//
// Members of an object are two cells each: a name, and what it names.
//
// The grammar is RFC 8259's to the letter: no comments, no leading zeros, no lone surrogates, no
// bytes that are not UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ttq/result.h"

namespace ttq {

inline constexpr std::size_t max_json_depth = 32;
inline constexpr std::size_t max_json_string = 4096;      ///< bytes, as spelled
inline constexpr std::size_t max_json_text = 1ULL << 31;  ///< cells count with 32 bits

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

struct JsonCell {
  JsonKind kind = JsonKind::null;
  bool plain = false;        ///< a string of printable ASCII with no escape
  std::uint32_t begin = 0;   ///< in the text; of a string: behind its quote
  std::uint32_t length = 0;  ///< as spelled; of arrays and objects: 0
  std::uint32_t next = 0;    ///< the cell behind this value and all that is in it
};

/// Valid as long as the text is.
class JsonTape {
 public:
  static Result<JsonTape> parse(std::string_view text);
  /// Up to which byte a text is JSON that is not; for those who look for the mistake in it.
  static std::size_t where_it_breaks(std::string_view text);

  const JsonCell& operator[](std::uint32_t at) const { return cells_[at]; }
  [[nodiscard]] std::string_view spelling(const JsonCell& cell) const {
    return text_.substr(cell.begin, cell.length);
  }
  /// A string with its escapes undone.
  [[nodiscard]] std::string unescaped(const JsonCell& cell) const;

 private:
  std::string_view text_;
  std::vector<JsonCell> cells_;
};

}  // namespace ttq
