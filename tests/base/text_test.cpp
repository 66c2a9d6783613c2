#include "base/text.h"

#include <doctest/doctest.h>

#include "support/hostile_text.h"

using namespace ttq;

TEST_CASE("trap 29: names from strangers lose what could break a terminal or a format") {
  CHECK(clean("nginx: master") == "nginx: master");
  CHECK(clean("a\x1b[31mred") == "a\uFFFD[31mred");
  CHECK(clean("two\nlines\x7f") == "two\uFFFDlines\uFFFD");
  CHECK(clean("\xc2\x9b") == "\uFFFD");                    // C1 CSI
  CHECK(clean("exe\u202Egpj.txt") == "exe\uFFFDgpj.txt");  // right-to-left override
  CHECK(clean("größe 漢字") == "größe 漢字");
}

TEST_CASE("trap 29: what is hostile is gone, one for one, and what is only foreign stays") {
  for (const std::uint32_t point : test::hostile_points()) {
    CAPTURE(point);
    CHECK(is_hostile(point));
    CHECK(clean("a" + test::utf8(point) + "b") == "a\uFFFDb");
  }
  for (const std::uint32_t invisible :
       {0xADU, 0x34FU, 0x115FU, 0x17B4U, 0x180EU, 0x206AU, 0x3164U, 0xFE0FU, 0xFFA0U, 0xFFF9U,
        0x1BCA0U, 0x1D173U, 0xE0100U, 0xE0FFFU}) {
    CHECK(is_hostile(invisible));
  }
  for (const std::uint32_t plain : {0x20U, 0x7EU, 0xA0U, 0xE9U, 0x62AU, 0x5D0U, 0x2010U, 0x2030U,
                                    0x6F22U, 0xFFFDU, 0x1F600U, 0xDFFFFU, 0xE1000U}) {
    CAPTURE(plain);
    CHECK_FALSE(is_hostile(plain));
    CHECK(clean(test::utf8(plain)) == test::utf8(plain));
  }
  for (const std::string& name : test::hostile_names()) CHECK(test::hostile_in(clean(name)) == "");
}

TEST_CASE("hostile characters are escaped in the place where they stand") {
  const auto escape = [](std::uint32_t point) { return "<" + std::to_string(point) + ">"; };
  CHECK(escape_hostile("a\x1b[31m\xc2\x9b\u202Eé\U000E0041", escape) ==
        "a<27>[31m<155><8238>é<917569>");
  CHECK(escape_hostile("\xff", escape) == "\xff");
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

TEST_CASE("words are told as alternatives") {
  const std::string_view words[] = {"tree", "json", "dot"};
  CHECK(alternatives(words) == "tree, json or dot");
  CHECK(alternatives(std::span(words).first(2)) == "tree or json");
  CHECK(alternatives(std::span(words).first(1)) == "tree");
}

TEST_CASE("each place is replaced, and what takes it is not looked at again") {
  CHECK(replace_all("a{}b{}", "{}", "{}{}") == "a{}{}b{}{}");
  CHECK(replace_all("'it's'", "'", "\\'") == "\\'it\\'s\\'");
  CHECK(replace_all("", "x", "y").empty());
}
