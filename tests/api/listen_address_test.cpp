#include "api/listen_address.h"

#include <doctest/doctest.h>

using namespace ttq;

TEST_CASE("a listen address prints as it was read") {
  for (const char* text : {"unix:/run/ttracerd/api.sock", "127.0.0.1:18870", "0.0.0.0:0",
                           "[::]:18870", "[2001:db8::1]:65535"}) {
    const auto address = parse_listen_address(text);
    REQUIRE_MESSAGE(address.has_value(), text);
    CHECK(print_listen_address(*address) == text);
  }
}

TEST_CASE("what others can reach is public") {
  const auto is_public = [](const char* text) { return parse_listen_address(text)->is_public(); };
  CHECK_FALSE(is_public("unix:/x"));
  CHECK_FALSE(is_public("127.0.0.1:1"));
  CHECK_FALSE(is_public("127.1.2.3:1"));
  CHECK_FALSE(is_public("[::1]:1"));
  CHECK_FALSE(is_public("[::ffff:127.0.0.1]:1"));
  CHECK(is_public("0.0.0.0:1"));
  CHECK(is_public("[::]:1"));
  CHECK(is_public("10.0.0.1:1"));
}

TEST_CASE("a listen address that cannot be meant is refused, and the message repeats it") {
  for (const char* bad : {"", "18870", ":18870", "localhost:1", "10.0.0.1",
                          "10.0.0.1:", "10.0.0.1:x", "10.0.0.1:65536", "::1:80", "[::1]",
                          "[10.0.0.1]:80", "[]:80", "unix:", "unix:relative", "unix", "*:80"}) {
    const auto address = parse_listen_address(bad);
    CAPTURE(bad);
    REQUIRE_FALSE(address.has_value());
    CHECK(address.error().message.find("\"" + std::string(bad) + "\"") != std::string::npos);
  }
  CHECK_FALSE(parse_listen_address("unix:/" + std::string(107, 'x')).has_value());
  CHECK(parse_listen_address("unix:/" + std::string(106, 'x')).has_value());
}
