// Names that strangers gave themselves.
//
//   input := most:1 text                    most: of bytes to be left; 0: as many as usual
#include "base/text.h"
#include "fuzz.h"

using namespace ttq;

namespace {

bool is_control(std::string_view point) {
  const auto first = static_cast<unsigned char>(point[0]);
  if (point.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(point[1]) < 0xA0;
}

void check_clean(std::string_view cleaned) {
  while (!cleaned.empty()) {
    const auto length = utf8_length(cleaned);
    fuzz::require(length > 0, "what was cleaned is UTF-8");
    const auto point = fuzz::take(cleaned, length);
    fuzz::require(!is_control(point), "what was cleaned has no control characters");
    for (const std::string_view turn : {"\u200E", "\u200F", "\u202A", "\u202E", "\u2066", "\u2069",
                                        "\u061C", "\u2028", "\u2029"}) {
      fuzz::require(point != turn, "what was cleaned goes in one direction, in one line");
    }
  }
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  const unsigned chosen = take_byte(bytes);
  const std::size_t most = chosen == 0 ? 255 : chosen;
  const std::string cleaned = clean(bytes, most);
  require(cleaned.size() <= most, "what was cleaned is as short as was asked for");
  require(clean(cleaned, most) == cleaned, "what is clean stays as it is");
  check_clean(cleaned);
  require(from_hex(to_hex(bytes)) == bytes, "bytes come back from their digits");
  from_hex(bytes);
  require(trim(trim(bytes)) == trim(bytes), "what is trimmed stays as it is");
}
