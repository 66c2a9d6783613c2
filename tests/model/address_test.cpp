#include "ttq/address.h"

#include <doctest/doctest.h>

#include "ttq/endpoint.h"

using namespace ttq;

namespace {

Address address(std::string_view text) { return Address::parse(text).value(); }

}  // namespace

TEST_CASE("trap 11: an IPv4-mapped address and the IPv4 address are one") {
  CHECK(address("::ffff:10.0.0.1") == address("10.0.0.1"));
  CHECK(address("::ffff:10.0.0.1").print() == "10.0.0.1");
  CHECK(std::hash<Address>{}(address("::ffff:10.0.0.1")) ==
        std::hash<Address>{}(address("10.0.0.1")));
}

TEST_CASE("an address prints as it is usually written") {
  for (const char* text : {"10.0.0.1", "0.0.0.0", "::", "::1", "2001:db8::1", "fe80::1"}) {
    CHECK(address(text).print() == text);
  }
  CHECK(address("2001:DB8:0::1").print() == "2001:db8::1");
}

TEST_CASE("what is not an address alone is refused") {
  for (const char* bad : {"", "10.0.0", "10.0.0.256", "[::1]", "::1%lo", "host", " 10.0.0.1",
                          "10.0.0.1:80", "1.2.3.4.5"}) {
    CAPTURE(bad);
    CHECK_FALSE(Address::parse(bad).has_value());
  }
  CHECK_FALSE(Address::parse(std::string_view("10.0.0.1\0x", 10)).has_value());
}

TEST_CASE("kinds of addresses") {
  CHECK(address("127.1.2.3").is_loopback());
  CHECK(address("::1").is_loopback());
  CHECK(address("::ffff:127.0.0.1").is_loopback());
  CHECK_FALSE(address("128.0.0.1").is_loopback());
  CHECK(address("0.0.0.0").is_wildcard());
  CHECK(address("::").is_wildcard());
  CHECK_FALSE(address("::1").is_wildcard());
  CHECK(address("169.254.169.254").is_link_local());
  CHECK(address("fe80::1").is_link_local());
  CHECK(address("224.0.0.1").is_multicast());
  CHECK(address("ff02::1").is_multicast());
}

TEST_CASE("an endpoint prints with brackets only where they are needed") {
  CHECK(print_endpoint({Protocol::tcp, address("10.0.0.1"), 80}) == "10.0.0.1:80");
  CHECK(print_endpoint({Protocol::udp, address("::1"), 53}) == "[::1]:53");
}
