// What an enemy puts into a name, and whether any of it came through.
//
// Written down here once more, so that it does not lean on the code that it is the test of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ttq::test {

/// Characters that turn a terminal or a reader's eye, and nothing else.
inline std::vector<std::uint32_t> hostile_points() {
  std::vector<std::uint32_t> points;
  const auto add = [&](std::uint32_t first, std::uint32_t last) {
    for (auto point = first; point <= last; ++point) points.push_back(point);
  };
  add(0x00, 0x1F);        // C0
  add(0x7F, 0x9F);        // DEL and C1
  add(0x200B, 0x200F);    // zero-width characters, marks of direction
  add(0x2028, 0x2029);    // separators of lines and paragraphs
  add(0x202A, 0x202E);    // embeddings and overrides
  add(0x2060, 0x2064);    // word joiner, invisible operators
  add(0x2066, 0x2069);    // isolates
  add(0x061C, 0x061C);    // Arabic letter mark
  add(0xFEFF, 0xFEFF);    // byte order mark
  add(0xE0000, 0xE007F);  // tags
  return points;
}

inline std::string utf8(std::uint32_t point) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xC0 | point >> 6), byte(0x80 | (point & 0x3F))};
  if (point < 0x10000) {
    return {byte(0xE0 | point >> 12), byte(0x80 | (point >> 6 & 0x3F)),
            byte(0x80 | (point & 0x3F))};
  }
  return {byte(0xF0 | point >> 18), byte(0x80 | (point >> 12 & 0x3F)),
          byte(0x80 | (point >> 6 & 0x3F)), byte(0x80 | (point & 0x3F))};
}

/// Names of at most 100 bytes, so that none of them is cut: together they have every hostile
/// character, bytes that are no UTF-8, and what is special to JSON, DOT, HTML, Prometheus and C.
inline std::vector<std::string> hostile_names() {
  std::vector<std::string> names{"\x1b[2J\x1b]0;owned\x07",
                                 "\xff\xfe\xc0\xaf\xed\xa0\x80",
                                 R"("];}<b>&lt;\N\G\n|{%s}$(id)`id`')",
                                 "-oProxyCommand=id",
                                 std::string("nul\0nul", 7),
                                 "\r\n<3>forged: line\n"};
  std::string name;
  for (const auto point : hostile_points()) {
    name += "x" + utf8(point);
    if (name.size() < 90) continue;
    names.push_back(name);
    name.clear();
  }
  names.push_back(name);
  return names;
}

/// The hostile characters in the text but `allowed`, and whatever is no UTF-8, as "U+1b U+202e".
inline std::string hostile_in(std::string_view text, std::string_view allowed = "") {
  std::string found;
  for (const auto point : hostile_points()) {
    const std::string character = utf8(point);
    if (allowed.find(character) != std::string_view::npos) continue;
    if (text.find(character) == std::string_view::npos) continue;
    constexpr std::string_view digits = "0123456789abcdef";
    found += " U+";
    for (int shift = 16; shift >= 0; shift -= 4) found += digits[point >> shift & 0xF];
  }
  for (const char* bytes : {"\xff", "\xfe", "\xc0", "\xed\xa0"}) {
    if (text.find(bytes) != std::string_view::npos) found += " malformed";
  }
  return found;
}

}  // namespace ttq::test
