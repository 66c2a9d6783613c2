#include "wire/json_tape.h"

#include <optional>

#include "base/text.h"

namespace ttq {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The four digits of \uXXXX, from the first of them.
std::optional<std::uint32_t> read_unit(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  return parse_integer<std::uint16_t>(text.substr(0, 4), 16);
}

bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

struct Escape {
  std::uint32_t point = 0;
  std::size_t length = 0;  ///< from the backslash; 0: it is none
};

/// "\uXXXX", or two of them for what is over U+FFFF.
Escape read_unicode_escape(std::string_view text) {
  const auto first = read_unit(text.substr(2));
  if (!first || is_low(*first)) return {};
  if (!is_high(*first)) return {*first, 6};
  if (text.substr(6, 2) != "\\u") return {};
  const auto second = read_unit(text.substr(8));
  if (!second || !is_low(*second)) return {};
  return {0x10000 + ((*first - 0xD800) << 10U) + (*second - 0xDC00), 12};
}

/// REQUIRES: text begins with a backslash.
Escape read_escape(std::string_view text) {
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  if (text.size() < 2) return {};
  if (text[1] == 'u') return read_unicode_escape(text);
  const auto index = letters.find(text[1]);
  if (index == std::string_view::npos) return {};
  return {static_cast<unsigned char>(meanings[index]), 2};
}

void put_utf8(std::uint32_t point, std::string& into) {
  const auto put = [&](std::uint32_t byte) { into += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0U | (point >> 6U));
  } else if (point < 0x10000) {
    put(0xE0U | (point >> 12U));
    put(0x80U | ((point >> 6U) & 0x3FU));
  } else {
    put(0xF0U | (point >> 18U));
    put(0x80U | ((point >> 12U) & 0x3FU));
    put(0x80U | ((point >> 6U) & 0x3FU));
  }
  put(0x80U | (point & 0x3FU));
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<JsonCell>& cells) : text_(text), cells_(cells) {}

  /// none: the text is JSON, and all of it is on the tape.
  std::optional<Fault> parse() {
    if (read_value(0) && peek() == '\0' && at_ == text_.size()) return std::nullopt;
    return fault_ ? fault_ : Fault{"not JSON"};
  }

  [[nodiscard]] std::size_t position() const { return at_; }

 private:
  bool fail(const char* message) {
    fault_ = Fault{message};
    return false;
  }

  /// The next byte that is no blank; '\0' at the end, which is in no grammar.
  char peek() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool take(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }

  std::uint32_t begin_cell(JsonKind kind) {
    cells_.push_back({.kind = kind, .begin = static_cast<std::uint32_t>(at_)});
    return static_cast<std::uint32_t>(cells_.size() - 1);
  }

  void end_cell(std::uint32_t cell) {
    cells_[cell].next = static_cast<std::uint32_t>(cells_.size());
  }

  bool read_value(std::size_t depth) {
    switch (peek()) {
      case '{':
        return read_object(depth + 1);
      case '[':
        return read_array(depth + 1);
      case '"':
        return read_string();
      case 't':
        return read_word("true", JsonKind::boolean);
      case 'f':
        return read_word("false", JsonKind::boolean);
      case 'n':
        return read_word("null", JsonKind::null);
      default:
        return read_number();
    }
  }

  bool read_array(std::size_t depth) {
    if (depth > max_json_depth) return fail("nested more than 32 deep");
    const auto cell = begin_cell(JsonKind::array);
    ++at_;
    if (!take(']')) {
      do {
        if (!read_value(depth)) return false;
      } while (take(','));
      if (!take(']')) return false;
    }
    end_cell(cell);
    return true;
  }

  bool read_object(std::size_t depth) {
    if (depth > max_json_depth) return fail("nested more than 32 deep");
    const auto cell = begin_cell(JsonKind::object);
    ++at_;
    if (!take('}')) {
      do {
        if (peek() != '"' || !read_string() || !take(':') || !read_value(depth)) return false;
      } while (take(','));
      if (!take('}')) return false;
    }
    end_cell(cell);
    return true;
  }

  bool read_word(std::string_view word, JsonKind kind) {
    if (text_.substr(at_, word.size()) != word) return false;
    return end_scalar(begin_cell(kind), at_ + word.size());
  }

  bool end_scalar(std::uint32_t cell, std::size_t end) {
    cells_[cell].length = static_cast<std::uint32_t>(end) - cells_[cell].begin;
    at_ = end;
    end_cell(cell);
    return true;
  }

  /// Digits from `at` on, and behind them. None: `at` itself.
  [[nodiscard]] std::size_t past_digits(std::size_t at) const {
    while (at < text_.size() && is_digit(text_[at])) ++at;
    return at;
  }
  [[nodiscard]] bool is_at(std::size_t at, std::string_view any) const {
    return at < text_.size() && any.find(text_[at]) != std::string_view::npos;
  }

  bool read_number() {
    const auto first = at_ + (is_at(at_, "-") ? 1U : 0U);
    auto end = is_at(first, "0") ? first + 1 : past_digits(first);
    if (end == first) return false;
    if (is_at(end, ".")) {
      const auto fraction = end + 1;
      end = past_digits(fraction);
      if (end == fraction) return false;
    }
    if (is_at(end, "eE")) {
      const auto exponent = end + (is_at(end + 1, "+-") ? 2U : 1U);
      end = past_digits(exponent);
      if (end == exponent) return false;
    }
    return end_scalar(begin_cell(JsonKind::number), end);
  }

  bool read_string() {
    ++at_;
    const auto cell = begin_cell(JsonKind::string);
    bool plain = true;
    std::size_t end = at_;
    while (end < text_.size() && text_[end] != '"') {
      const auto byte = static_cast<unsigned char>(text_[end]);
      if (byte >= 0x20 && byte < 0x7F && byte != '\\') {
        ++end;
        continue;
      }
      plain = false;
      const std::size_t length = unusual_length(text_.substr(end));
      if (length == 0) return false;
      end += length;
    }
    if (end - at_ > max_json_string) return fail("a string is longer than 4096 bytes");
    if (end >= text_.size()) return false;
    cells_[cell].plain = plain;
    end_scalar(cell, end);
    ++at_;
    return true;
  }

  /// Of an escape, or of a code point that is not of printable ASCII; 0: neither.
  static std::size_t unusual_length(std::string_view text) {
    if (text.front() == '\\') return read_escape(text).length;
    if (static_cast<unsigned char>(text.front()) < 0x20) return 0;
    return utf8_length(text);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<JsonCell>& cells_;
  std::optional<Fault> fault_;
};

}  // namespace

Result<JsonTape> JsonTape::parse(std::string_view text) {
  if (text.size() > max_json_text) return Fault{"too long"};
  JsonTape tape;
  tape.text_ = text;
  tape.cells_.reserve(text.size() / 8);  // of a report; the pages that stay unused cost nothing
  if (auto fault = Parser(text, tape.cells_).parse()) return *fault;
  return tape;
}

std::size_t JsonTape::where_it_breaks(std::string_view text) {
  JsonTape tape;
  Parser parser(text, tape.cells_);
  [[maybe_unused]] const auto fault = parser.parse();
  return parser.position();
}

std::string JsonTape::unescaped(const JsonCell& cell) const {
  std::string_view rest = spelling(cell);
  std::string plain;
  for (auto at = rest.find('\\'); at != std::string_view::npos; at = rest.find('\\')) {
    plain += rest.substr(0, at);
    const Escape escape = read_escape(rest.substr(at));
    put_utf8(escape.point, plain);
    rest.remove_prefix(at + escape.length);
  }
  plain += rest;
  return plain;
}

}  // namespace ttq
