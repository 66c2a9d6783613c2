#include "ttq/target.h"

#include <doctest/doctest.h>

#include <string>

using namespace ttq;

namespace {

/// "host|port"
std::string read(std::string_view text) {
  const auto target = parse_target(text);
  if (!target) return "refused";
  return target->host + "|" + (target->port ? std::to_string(*target->port) : "");
}

}  // namespace

TEST_CASE("a target is a host, and perhaps a port") {
  CHECK(read("web1") == "web1|");
  CHECK(read("web1.example.com:443") == "web1.example.com|443");
  CHECK(read("10.0.0.1") == "10.0.0.1|");
  CHECK(read("10.0.0.1:80") == "10.0.0.1|80");
  CHECK(read("[2001:db8::1]:80") == "2001:db8::1|80");
  CHECK(read("[::1]") == "::1|");
  CHECK(read("under_score") == "under_score|");
  CHECK(read(":5432") == "|5432");
}

TEST_CASE("a bare IPv6 address is a host, whatever its last group looks like") {
  CHECK(read("2001:db8::80") == "2001:db8::80|");
  CHECK(read("::1") == "::1|");
  CHECK(read("::ffff:10.0.0.1") == "::ffff:10.0.0.1|");
}

TEST_CASE("what names no host is refused") {
  for (const char* bad :
       {"",           "-web1",       "--x",           ":",    "web1:",        "web1:0",
        "web1:65536", "web1:x",      "web1:80:80",    "[::1", "::1]",         "[::1]80",
        "[::1]:",     "[web1]:80",   "[10.0.0.1]:80", "[]",   "[]:80",        "a b",
        "a/b",        "http://web1", "web1\n",        "\xff", "fe80::1%eth0", "[-x]:1"}) {
    CAPTURE(bad);
    CHECK(read(bad) == "refused");
  }
  CHECK(read(std::string(254, 'a')) == "refused");
}
