#include "walk/gunzip.h"

#include <doctest/doctest.h>

#include "api/gzip.h"

using namespace ttq;

namespace {

std::string zip(const std::string& text) {
  Gzip gzip;
  std::string bytes = gzip.add(text);
  return bytes + gzip.finish();
}

std::string complaint(const std::string& bytes) {
  const auto text = gunzip(bytes);
  return text ? "none" : text.error().message;
}

}  // namespace

TEST_CASE("what was compressed comes back, however little or much it is") {
  for (const std::size_t size : {0U, 1U, 4096U, 1'000'000U, 8U << 20U}) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; i += 7) text[i] = static_cast<char>(i % 251);
    if (size == max_text_bytes) text.pop_back();
    const auto back = gunzip(zip(text));
    REQUIRE(back.has_value());
    CHECK(*back == text);
  }
}

TEST_CASE("a bomb goes off at eight megabytes") {
  CHECK(complaint(zip(std::string(max_text_bytes + 1, ' '))) == "the answer is over 8 MiB");
  CHECK(complaint(zip(std::string(200'000'000, ' '))) == "the answer is over 8 MiB");
}

TEST_CASE("what is cut off anywhere, or is no gzip, is refused") {
  const std::string whole = zip("{\"host\": {}}");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK(complaint(whole.substr(0, length)) == "the answer is not whole, or not gzip");
  }
  CHECK(complaint("{}") == "the answer is not whole, or not gzip");
  std::string wrong_sum = whole;
  wrong_sum[whole.size() - 5] = static_cast<char>(wrong_sum[whole.size() - 5] ^ 1);
  CHECK(complaint(wrong_sum) == "the answer is not whole, or not gzip");
}
