#include "ttq/listener.h"

#include <doctest/doctest.h>

using namespace ttq;

namespace {

Endpoint tcp(std::string_view address, std::uint16_t port) {
  return {Protocol::tcp, Address::parse(address).value(), port};
}

Listener bound_to(std::string_view address, bool v6only = false) {
  return {.endpoint = tcp(address, 80), .v6only = v6only};
}

}  // namespace

TEST_CASE("trap 1: a listener on one address takes that address and no other") {
  CHECK(accepts(bound_to("10.0.0.5"), tcp("10.0.0.5", 80)));
  CHECK_FALSE(accepts(bound_to("10.0.0.5"), tcp("10.0.0.6", 80)));
  CHECK_FALSE(accepts(bound_to("10.0.0.5"), tcp("10.0.0.5", 81)));
  CHECK_FALSE(accepts(bound_to("10.0.0.5"), {Protocol::udp, tcp("10.0.0.5", 0).address, 80}));
}

TEST_CASE("trap 11: the IPv6 wildcard takes IPv4 unless it is v6only") {
  CHECK(accepts(bound_to("::"), tcp("10.0.0.5", 80)));
  CHECK(accepts(bound_to("::"), tcp("2001:db8::1", 80)));
  CHECK_FALSE(accepts(bound_to("::", true), tcp("10.0.0.5", 80)));
  CHECK(accepts(bound_to("::", true), tcp("2001:db8::1", 80)));
  CHECK(accepts(bound_to("0.0.0.0"), tcp("10.0.0.5", 80)));
  CHECK_FALSE(accepts(bound_to("0.0.0.0"), tcp("2001:db8::1", 80)));
}
