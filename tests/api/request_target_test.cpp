#include "api/request_target.h"

#include <doctest/doctest.h>

using namespace ttq;

TEST_CASE("a target is a path and its parameters, as they were given") {
  const auto target = parse_request_target("/v1/flows?b=2&a=1&a=1&c&=d&&e=f=g");
  REQUIRE(target.has_value());
  CHECK(target->path == "/v1/flows");
  CHECK(target->parameters ==
        std::vector<GivenParameter>{
            {"b", "2"}, {"a", "1"}, {"a", "1"}, {"c", ""}, {"", "d"}, {"e", "f=g"}});
  CHECK(parse_request_target("/v1/flows?")->parameters.empty());
}

TEST_CASE("escapes are undone once, and a plus is a plus") {
  const auto target = parse_request_target("/a%2Fb?t=05:00+02:00&n%61me=x%26y%3D%2525");
  REQUIRE(target.has_value());
  CHECK(target->path == "/a/b");
  CHECK(target->parameters ==
        std::vector<GivenParameter>{{"t", "05:00+02:00"}, {"name", "x&y=%25"}});
}

TEST_CASE("a URL is the path in it, whichever host it names") {
  const auto target = parse_request_target("HTTP://a.b:1/v1/flows?port=80");
  REQUIRE(target.has_value());
  CHECK(target->path == "/v1/flows");
  CHECK(target->parameters == std::vector<GivenParameter>{{"port", "80"}});
  CHECK(parse_request_target("https://[::1]/")->path == "/");
}

TEST_CASE("a target that is not well-formed is refused") {
  for (const char* bad : {"", "*", "v1/flows", "ftp://host/v1/flows", "http://", "http:///v1/flows",
                          "http://host?a=1", "/%", "/%4", "/%zz", "/a?b=%+1", "/a?b=%-1", "/a%00",
                          "/a?b=%0a", "/a?%7f=1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_request_target(bad).has_value());
  }
}
