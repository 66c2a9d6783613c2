#include "model/whereabouts.h"

#include <doctest/doctest.h>

#include <string>

using namespace ttq;

TEST_CASE("some addresses mean another host to each who says them") {
  for (const char* relative :
       {"127.0.0.1", "::1", "0.0.0.0", "0.1.2.3", "::", "255.255.255.255", "224.0.0.1", "ff02::1",
        "169.254.169.254", "fe80::1", "::ffff:0.1.2.3"}) {
    CAPTURE(relative);
    CHECK(is_relative(Address::parse(relative).value()));
  }
  for (const char* known : {"10.0.0.1", "1.0.0.0", "255.255.255.254", "fd00::1", "2001:db8::1"}) {
    CAPTURE(known);
    CHECK_FALSE(is_relative(Address::parse(known).value()));
  }
}

TEST_CASE("a name is of letters, digits, dots, hyphens and underscores") {
  for (const char* name : {"web1", "web-1.example.com", "under_score", "10.0.0.1"}) {
    CHECK(is_host_name(name));
  }
  for (const char* bad : {"", "-web1", "a:b", "a b", "$(x)", "root@web1", "w\xc3\xa9"}) {
    CHECK_FALSE(is_host_name(bad));
  }
  CHECK(is_host_name(std::string(253, 'a')));
  CHECK_FALSE(is_host_name(std::string(254, 'a')));
}

TEST_CASE("a number is no address unless it has four parts") {
  CHECK(is_bare_number("5432"));
  CHECK(is_bare_number("10.1"));
  CHECK_FALSE(is_bare_number("10.0.0.1"));
  CHECK_FALSE(is_bare_number("web1"));
}
