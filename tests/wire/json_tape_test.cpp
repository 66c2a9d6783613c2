#include "wire/json_tape.h"

#include <doctest/doctest.h>

using namespace ttq;

namespace {

std::string complaint(const std::string& text) {
  const auto tape = JsonTape::parse(text);
  return tape ? "none" : tape.error().message;
}

std::string string_of(const std::string& text) {
  const auto tape = JsonTape::parse(text);
  REQUIRE_MESSAGE(tape.has_value(), text);
  return tape->unescaped((*tape)[0]);
}

}  // namespace

TEST_CASE("each cell knows the way to the next value beside it") {
  const std::string text = R"( {"a": [1, "x"], "b": null} )";
  const auto tape = JsonTape::parse(text);
  REQUIRE(tape.has_value());
  CHECK((*tape)[0].kind == JsonKind::object);
  CHECK((*tape)[0].next == 7);
  CHECK((*tape)[2].kind == JsonKind::array);
  CHECK((*tape)[2].next == 5);
  CHECK(tape->spelling((*tape)[3]) == "1");
  CHECK(tape->spelling((*tape)[4]) == "x");
  CHECK(tape->spelling((*tape)[5]) == "b");
  CHECK((*tape)[6].kind == JsonKind::null);
}

TEST_CASE("what RFC 8259 allows is taken") {
  for (const char* text : {"0", "-0", "10.50", "1e9", "-1.5E+10", "[]", "{}", "[ ]", "{ }", "true",
                           "\"\"", "\n\t[\r1 , 2 ]", "\"\xF0\x9F\x98\x80\""}) {
    CAPTURE(text);
    CHECK(complaint(text) == "none");
  }
}

TEST_CASE("what it does not allow is not") {
  for (const char* text : {"01",          "+1",           "1.",
                           ".5",          "1e",           "1e+",
                           "-",           "0x1",          "NaN",
                           "[1,]",        "[,1]",         "[1 2]",
                           "{\"a\"}",     "{\"a\":}",     "{a:1}",
                           "{\"a\":1,}",  "'a'",          "tru",
                           "nulll",       "[1]]",         "// x\n1",
                           "\"\t\"",      "\"\\x\"",      "\"\\u12\"",
                           "\"\\u12G4\"", "\"\\ud800\"",  "\"\\ud800\\u0041\"",
                           "\"\\udc00\"", "\"\xC0\xAF\"", "\"\xED\xA0\x80\"",
                           "\"\xFF\"",    "\"open",       "\"open\\",
                           "\"open\\\"",  "\x0C",         "1\v"}) {
    CAPTURE(text);
    CHECK(complaint(text) == "not JSON");
  }
  CHECK(complaint(std::string("1\0", 2)) == "not JSON");
  CHECK(complaint(std::string("\0", 1)) == "not JSON");
}

TEST_CASE("escapes are undone, those of pairs together") {
  CHECK(string_of(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(string_of(R"("a\u0041\u00e9\u20AC\ud83d\ude00z")") == "aA\u00E9\u20AC\U0001F600z");
}

TEST_CASE("a document is as deep as it may be, and no deeper") {
  CHECK(complaint(std::string(32, '[') + std::string(32, ']')) == "none");
  CHECK(complaint(std::string(33, '[') + std::string(33, ']')) == "nested more than 32 deep");
}
