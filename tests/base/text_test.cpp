#include "base/text.h"

#include <doctest/doctest.h>

using namespace ttq;

TEST_CASE("trap 29: names from strangers lose what could break a terminal or a format") {
  CHECK(clean("nginx: master") == "nginx: master");
  CHECK(clean("a\x1b[31mred") == "a\uFFFD[31mred");
  CHECK(clean("two\nlines\x7f") == "two\uFFFDlines\uFFFD");
  CHECK(clean("\xc2\x9b") == "\uFFFD");                    // C1 CSI
  CHECK(clean("exe\u202Egpj.txt") == "exe\uFFFDgpj.txt");  // right-to-left override
  CHECK(clean("größe 漢字") == "größe 漢字");
}

TEST_CASE("malformed UTF-8 is replaced byte by byte") {
  CHECK(clean("\xff") == "\uFFFD");
  CHECK(clean("a\xc3") == "a\uFFFD");                              // cut short
  CHECK(clean("\xc0\xaf") == "\uFFFD\uFFFD");                      // overlong '/'
  CHECK(clean("\xed\xa0\x80") == "\uFFFD\uFFFD\uFFFD");            // a surrogate
  CHECK(clean("\xf4\x90\x80\x80") == "\uFFFD\uFFFD\uFFFD\uFFFD");  // over U+10FFFF
}

TEST_CASE("a cleaned name is cut between characters, never within one") {
  CHECK(clean("aé", 2) == "a");
  CHECK(clean("aé", 3) == "aé");
}

TEST_CASE("a number is the whole of the text") {
  CHECK(parse_integer<int>("-5") == -5);
  CHECK(parse_integer<unsigned>("0") == 0U);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x10", "4294967296", "1e3"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_integer<std::uint32_t>(bad).has_value());
  }
  CHECK(parse_port("65535") == std::uint16_t{65535});
  CHECK_FALSE(parse_port("65536").has_value());
}

TEST_CASE("hex goes there and back") {
  const std::string bytes("\x00\x7f\xff", 3);
  CHECK(to_hex(bytes) == "007fff");
  CHECK(from_hex("007fff") == bytes);
  CHECK_FALSE(from_hex("0").has_value());
  CHECK_FALSE(from_hex("zz").has_value());
  CHECK_FALSE(from_hex("+1").has_value());
}

TEST_CASE("split and trim") {
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(trim("  a b\n") == "a b");
  CHECK(trim(" ") == "");
}
