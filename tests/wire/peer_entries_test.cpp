// Lists of targets, of our own making and of others'.
#include "wire/peer_entries.h"

#include <doctest/doctest.h>

using namespace ttq;

namespace {

std::string print(const std::vector<PeerEntry>& entries) {
  std::string printed;
  for (const PeerEntry& entry : entries) {
    printed += entry.target + " has";
    for (const Address& address : entry.addresses) printed += " " + address.print();
    printed += "; ";
  }
  return printed;
}

std::string read(std::string_view text) {
  const auto entries = parse_peer_entries(text);
  return entries ? print(*entries) : entries.error().message;
}

std::string with_addresses(const std::string& addresses) {
  return read(R"([{"targets": ["web1"], "labels": {"__meta_ttq_addresses": ")" + addresses +
              R"("}}])");
}

Address at(const std::string& text) { return Address::parse(text).value(); }

}  // namespace

TEST_CASE("an entry says who has which addresses, with separators at its ends or without") {
  CHECK(with_addresses(",10.0.0.10,fd00::10,") == "web1 has 10.0.0.10 fd00::10; ");
  CHECK(with_addresses("10.0.0.10, 10.0.0.11") == "web1 has 10.0.0.10 10.0.0.11; ");
  CHECK(with_addresses("::ffff:10.0.0.10") == "web1 has 10.0.0.10; ");
}

TEST_CASE("lists of others are none of our business") {
  CHECK(read("[]").empty());
  CHECK(read(R"([{"targets": ["https://example.com/a b", "x:9100"], "labels": {"job": "node"}},
                 {"targets": []}, {"targets": ["10.0.0.1:9100"], "labels": {}}])")
            .empty());
}

TEST_CASE("a file that is still empty, since somebody is about to write it, is an empty list") {
  CHECK(read("").empty());
  CHECK(read(" \n").empty());
}

TEST_CASE("what is wrong is told with its place") {
  CHECK(read("[\n{\"targets\": [\"a\"],}]") == "line 2: not JSON");
  CHECK(read("{}") == "the document: not an array");
  CHECK(read("[7]") == "[0]: not an object");
  CHECK(read("[{}]") == "[0].targets: missing");
  CHECK(read(R"([{"targets": "web1"}])") == "[0].targets: not an array");
  CHECK(read(R"([{"targets": [1]}])") == "[0].targets[0]: not a string");
  CHECK(read(R"([{"targets": [], "labels": []}])") == "[0].labels: not an object");
  CHECK(read(R"([{"targets": ["a", "b"], "labels": {"__meta_ttq_addresses": "10.0.0.1"}}])") ==
        "[0].targets: addresses are those of one target, and here are 2");
  CHECK(read(R"([{"targets": ["a"], "labels": {"__meta_ttq_addresses": 1}}])") ==
        "[0].labels.__meta_ttq_addresses: not a string");
  CHECK(with_addresses("10.0.0.1,web1") ==
        "[0].labels.__meta_ttq_addresses: \"web1\" is not an IP address");
  CHECK(with_addresses(",,") == "[0].labels.__meta_ttq_addresses: no address is in it");
}

TEST_CASE("what is printed is read back, and is what Prometheus reads") {
  const std::vector<PeerEntry> entries{
      {"web1:18870", {at("10.0.0.10"), at("fd00::10")}, "9f3c", "web1"},
      {"[fd00::2]:18870", {at("fd00::2")}, "77aa", "db\x1b[31m1"}};
  const std::string text = print_peer_entries(entries);
  CHECK(text ==
        R"([{"targets":["web1:18870"],"labels":{"__meta_ttq_addresses":",10.0.0.10,fd00::10,",)"
        R"("__meta_ttq_host_id":"9f3c","__meta_ttq_host_name":"web1"}},)"
        R"({"targets":["[fd00::2]:18870"],"labels":{"__meta_ttq_addresses":",fd00::2,",)"
        R"("__meta_ttq_host_id":"77aa","__meta_ttq_host_name":"db\u001b[31m1"}}])"
        "\n");
  CHECK(read(text) == print(entries));
  CHECK(print_peer_entries({}) == "[]\n");
}

TEST_CASE("a host of a thousand addresses is several entries, and one without has no such label") {
  PeerEntry many{"web1", {}, "1", "web1"};
  for (unsigned i = 0; i < 1000; ++i) {
    many.addresses.push_back(at("fd00:1111:2222:3333:4444:5555:6666:" + std::to_string(1000 + i)));
  }
  const auto read_back = parse_peer_entries(print_peer_entries({many}));
  REQUIRE(read_back.has_value());
  std::size_t count = 0;
  for (const PeerEntry& entry : *read_back) count += entry.addresses.size();
  CHECK(count == 1000);
  CHECK(read(print_peer_entries({{"web1", {}, "1", "web1"}})).empty());
}
