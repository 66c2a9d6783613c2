// Names are resolved aside.
#include "walk/name_lookup.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>

#include "walk/connect.h"

using namespace ttq;

namespace {

std::vector<SocketAddress> resolved(const std::string& name, std::uint16_t port) {
  auto started = NameLookup::start(name, port);
  REQUIRE(std::holds_alternative<NameLookup>(started));
  auto& lookup = std::get<NameLookup>(started);
  pollfd end{lookup.fd(), POLLIN, 0};
  REQUIRE(::poll(&end, 1, 20'000) == 1);
  auto found = lookup.take();
  if (std::holds_alternative<PeerFailure>(found)) return {};
  return std::get<std::vector<SocketAddress>>(found);
}

}  // namespace

TEST_CASE("a name that is resolved becomes readable, with addresses at the port") {
  const auto found = resolved("localhost", 7);
  REQUIRE_FALSE(found.empty());
  for (const SocketAddress& one : found) {
    const auto* address = reinterpret_cast<const sockaddr_in*>(&one.storage);
    CHECK(ntohs(address->sin_port) == 7);  // it is at the same place for IPv6
  }
}

TEST_CASE("a name that nobody has is no address") {
  CHECK(resolved("no-such-host.invalid", 7).empty());
}

TEST_CASE("a name is left to be resolved, and an address, a path or a command is there at once") {
  CHECK(std::holds_alternative<NameLookup>(find_ways({"localhost", 7, ""}, Via::tcp)));
  for (const PeerAddress& known :
       {PeerAddress{"10.0.0.1", 7, ""}, PeerAddress{"::1", 7, ""}, PeerAddress{"", 0, "/s"}}) {
    CHECK(std::holds_alternative<std::vector<Way>>(find_ways(known, Via::tls)));
  }
  CHECK(std::holds_alternative<std::vector<Way>>(find_ways({"web1", 0, ""}, Via::ssh)));
}

TEST_CASE("who does not wait for a name leaves it to itself") {
  const auto left = NameLookup::start("localhost", 7);
  CHECK(std::holds_alternative<NameLookup>(left));
}
