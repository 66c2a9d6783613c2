// The routing table of the machine that runs the test, and an empty one.
#include "probe/route_source.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.h"

using namespace ttq;

namespace {

/// As text; "none" where there is no route.
std::string source_towards(RouteSource& routes, const char* destination) {
  const auto source = routes.towards(Address::parse(destination).value());
  return source ? source->print() : "none";
}

RouteSource open_routes() {
  auto routes = RouteSource::open();
  REQUIRE(routes);
  return std::move(*routes);
}

void raise_loopback() {
  const UniqueFd any(::socket(AF_INET, SOCK_DGRAM, 0));
  ifreq device{{"lo"}, {}};
  device.ifr_flags = IFF_UP;
  REQUIRE(::ioctl(any.get(), SIOCSIFFLAGS, &device) == 0);
}

/// Of IPv6, for the loopback device.
bool take_address(const char* address) {
  const UniqueFd any(::socket(AF_INET6, SOCK_DGRAM, 0));
  struct {
    in6_addr address;
    std::uint32_t prefix_length;
    int device;
  } taken{{}, 64, 1};  // in6_ifreq of linux/ipv6.h, which no other header may stand beside
  REQUIRE(::inet_pton(AF_INET6, address, &taken.address) == 1);
  return any && ::ioctl(any.get(), SIOCSIFADDR, &taken) == 0;
}

/// A network namespace whose devices are down, left again when it goes out of scope.
class EmptyNamespace {
 public:
  EmptyNamespace() : before_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    REQUIRE(before_);
    is_entered_ = ::unshare(CLONE_NEWNET) == 0;
    if (is_entered_) return;
    const std::string why = std::strerror(errno);
    MESSAGE("skipped: no network namespaces here: ", why);
  }
  EmptyNamespace(const EmptyNamespace&) = delete;
  EmptyNamespace& operator=(const EmptyNamespace&) = delete;
  ~EmptyNamespace() {
    if (is_entered_) ::setns(before_.get(), CLONE_NEWNET);
  }
  /// False: we may not.
  explicit operator bool() const { return is_entered_; }

 private:
  UniqueFd before_;
  bool is_entered_ = false;
};

}  // namespace

TEST_CASE("an answer that is cut short anywhere, or is another's, tells no source") {
  struct {
    nlmsghdr head{.nlmsg_len = sizeof *this, .nlmsg_type = RTM_NEWROUTE, .nlmsg_seq = 7};
    rtmsg route{};
    rtattr attribute{.rta_len = RTA_LENGTH(4), .rta_type = RTA_PREFSRC};
    std::uint8_t source[4] = {10, 0, 0, 1};
  } answer;
  const auto bytes = std::as_bytes(std::span(&answer, 1));
  REQUIRE(source_in_answer(bytes, 7) == Address::parse("10.0.0.1"));
  CHECK_FALSE(source_in_answer(bytes, 8).has_value());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + long(size));
    CHECK_FALSE(source_in_answer(cut, 7).has_value());
  }
  answer.head.nlmsg_type = RTM_DELROUTE;
  CHECK_FALSE(source_in_answer(bytes, 7).has_value());
}

TEST_CASE("over loopback one sends from where one sends to") {
  RouteSource routes = open_routes();
  CHECK(source_towards(routes, "127.0.0.1") == "127.0.0.1");
}

TEST_CASE("trap 11: over IPv6 too") {
  if (UniqueFd six(::socket(AF_INET6, SOCK_DGRAM, 0)); !six) {
    MESSAGE("skipped: no IPv6 here");
    return;
  }
  const EmptyNamespace empty;
  if (!empty) return;
  raise_loopback();
  RouteSource routes = open_routes();
  CHECK(source_towards(routes, "::1") == "::1");
}

TEST_CASE("what any device may lead to has the source of none") {
  const EmptyNamespace empty;
  if (!empty) return;
  raise_loopback();
  if (!take_address("fe80::1")) {
    MESSAGE("skipped: no IPv6 here");
    return;
  }
  RouteSource routes = open_routes();
  CHECK(source_towards(routes, "::1") == "::1");
  CHECK(source_towards(routes, "fe80::1") == "none");
}

TEST_CASE("where there is no route there is no source") {
  const EmptyNamespace empty;
  if (!empty) return;
  RouteSource routes = open_routes();
  CHECK(source_towards(routes, "10.0.0.1") == "none");
  CHECK(source_towards(routes, "fd00::1") == "none");
}

TEST_CASE("the answer after one that was none is not mixed up with it") {
  const EmptyNamespace empty;
  if (!empty) return;
  raise_loopback();
  RouteSource routes = open_routes();
  CHECK(source_towards(routes, "10.0.0.1") == "none");
  CHECK(source_towards(routes, "127.0.0.1") == "127.0.0.1");
}

TEST_CASE("a route is asked for once, until it is forgotten") {
  const EmptyNamespace empty;
  if (!empty) return;
  RouteSource routes = open_routes();
  CHECK(source_towards(routes, "127.0.0.1") == "none");
  raise_loopback();
  CHECK(source_towards(routes, "127.0.0.1") == "none");
  routes.forget();
  CHECK(source_towards(routes, "127.0.0.1") == "127.0.0.1");
}
