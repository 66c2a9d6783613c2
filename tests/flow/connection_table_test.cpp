#include "flow/connection_table.h"

#include <doctest/doctest.h>

#include <map>
#include <random>

using namespace ttq;

namespace {

Connection connection(std::uint64_t cookie, std::uint32_t look = 0) {
  Connection made{.cookie = cookie, .tuple = cookie * 7};
  made.look = look;
  return made;
}

}  // namespace

TEST_CASE("a connection takes 40 bytes, for there may be a million") {
  CHECK(sizeof(Connection) == 40);
}

TEST_CASE("a connection is found by its cookie, until it is erased") {
  ConnectionTable table;
  table.add(connection(1));
  table.add(connection(2));
  REQUIRE(table.find(2) != nullptr);
  CHECK(table.find(2)->tuple == 14);
  CHECK(table.find(3) == nullptr);
  table.erase_if([](const Connection& c) { return c.cookie == 2; });
  CHECK(table.find(2) == nullptr);
  CHECK(table.find(1) != nullptr);
}

TEST_CASE("whatever comes and goes, the table holds what a map would hold") {
  std::mt19937_64 random(4711);  // a seed, so that a failure comes again
  ConnectionTable table;
  std::map<std::uint64_t, std::uint32_t> model;
  for (std::uint32_t round = 0; round < 200; ++round) {
    for (int i = 0; i < 60; ++i) {
      const std::uint64_t cookie = random() % 5000;
      if (!model.emplace(cookie, round).second) continue;
      table.add(connection(cookie, round));
    }
    const auto is_over = [&](std::uint64_t cookie) { return (cookie + round) % 7 == 0; };
    table.erase_if([&](const Connection& c) { return is_over(c.cookie); });
    std::erase_if(model, [&](const auto& entry) { return is_over(entry.first); });
    REQUIRE(table.size() == model.size());
    for (std::uint64_t cookie = 0; cookie < 5000; cookie += 1 + random() % 3) {
      const auto known = model.find(cookie);
      const Connection* found = table.find(cookie);
      REQUIRE((found != nullptr) == (known != model.end()));
      if (found != nullptr) REQUIRE(found->look == known->second);
    }
  }
}

TEST_CASE("connections with one set of flows share it, and the last of them takes it away") {
  FlowSets sets;
  FlowKey key;
  key.listen.port = 80;
  FlowKey other = key;
  other.listen.port = 81;
  const auto first = sets.take({key});
  CHECK(sets.take({key}) == first);
  const auto second = sets.take({key, other});
  CHECK(second != first);
  sets.give_back(first);
  CHECK(sets[first] == std::vector<FlowKey>{key});
  sets.give_back(first);
  CHECK(sets.take({other}) == first);  // its place is used again
  CHECK(sets[second].size() == 2);
}
