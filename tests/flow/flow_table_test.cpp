#include "flow/flow_table.h"

#include <doctest/doctest.h>

#include "watched_host.h"

using namespace ttq;
using test::process;
using test::WatchedHost;

namespace {

const Process nginx = process("nginx", 7);

/// Each with a pgid of its own, unless `pgid` is given; all from one address to one database.
std::vector<std::uint64_t> many_clients(WatchedHost& host, int count, std::int32_t pgid = 0) {
  std::vector<std::uint64_t> cookies;
  for (int i = 0; i < count; ++i) {
    const auto local = "10.0.0.1:" + std::to_string(40000 + i);
    cookies.push_back(host.connects(local, "10.0.0.9:5432", process("curl", 100 + i, pgid)));
  }
  return cookies;
}

}  // namespace

TEST_CASE("rule 4: eight process groups of one name are eight flows") {
  WatchedHost host;
  many_clients(host, 8);
  host.look();
  CHECK(host.table().size() == 8);
}

TEST_CASE("rule 4: more than eight are one flow, with nothing lost in the counts") {
  WatchedHost host;
  host.look();
  auto cookies = many_clients(host, 5);
  host.look();
  for (const auto cookie : cookies) host.goes(cookie);
  cookies = many_clients(host, 12);
  host.look();
  CHECK(host.lines() ==
        "active 10.0.0.9:5432 < 10.0.0.1 curl/many groups=12 now=12 max=12 opened=17 closed=5 "
        "port\n");
  for (const auto cookie : cookies) host.goes(cookie);
  host.look();
  CHECK(host.lines() ==
        "active 10.0.0.9:5432 < 10.0.0.1 curl/many groups=12 max=12 opened=17 closed=17 port\n");
}

TEST_CASE("rule 4: a hundred children of one shell share its group, and so keep it") {
  WatchedHost host;
  many_clients(host, 100, 42);
  host.look();
  CHECK(host.lines() == "active 10.0.0.9:5432 < 10.0.0.1 curl/42 now=100 max=100 port\n");
}

TEST_CASE("rule 4: another program to the same server is not folded with them") {
  WatchedHost host;
  many_clients(host, 9);
  host.connects("10.0.0.1:50000", "10.0.0.9:5432", nginx);
  host.look();
  CHECK(host.lines() ==
        "active 10.0.0.9:5432 < 10.0.0.1 curl/many groups=9 now=9 max=9 port\n"
        "active 10.0.0.9:5432 < 10.0.0.1 nginx/7 now=1 max=1 port\n");
}

TEST_CASE("rule 4: flows that were written before they were folded are taken back") {
  WatchedHost host;
  many_clients(host, 8);
  host.look();
  CHECK(host.changes().removed.empty());
  host.connects("10.0.0.1:50000", "10.0.0.9:5432", process("curl", 200));
  host.look();
  const auto changes = host.changes();
  CHECK(changes.removed.size() == 8);
  CHECK(changes.flows.size() == 1);
}

TEST_CASE("what could not be written is told again") {
  WatchedHost host;
  many_clients(host, 8);
  host.look();
  host.changes();
  const auto cookies = many_clients(host, 1, 300);
  host.look();
  host.goes(cookies.front());
  host.look();
  FlowTable table = host.table();
  const auto unwritten = table.changes(Time{});
  const auto again = table.changes(Time{});
  CHECK(unwritten.flows.size() == again.flows.size());
  CHECK(again.removed.size() == 8);
  table.written();
  CHECK(table.changes(Time{}).removed.empty());
}

TEST_CASE("whoever forgot what it was told hears all of the window again") {
  WatchedHost host;
  many_clients(host, 8);
  host.look();
  host.changes();
  many_clients(host, 1, 300);
  host.look();
  host.changes();
  FlowTable table = host.table();
  CHECK(table.changes(Time{}).flows.empty());
  table.unwritten();
  CHECK(table.changes(Time{}).flows.size() == 1);
  CHECK(table.changes(Time{}).removed.size() == 8);
}

TEST_CASE("the next window begins with what stands, and counts from zero") {
  WatchedHost host;
  host.look();
  const auto gone = host.connects("10.0.0.1:40000", "10.0.0.9:80", nginx);
  host.connects("10.0.0.1:40001", "10.0.0.9:80", nginx);
  host.look();
  host.goes(gone);
  host.look();
  host.next_window();
  CHECK(host.lines() == "active 10.0.0.9:80 < 10.0.0.1 nginx/7 now=1 max=1 port\n");
}

TEST_CASE("a window in which nothing stands is empty") {
  WatchedHost host;
  host.look();
  const auto gone = host.connects("10.0.0.1:40000", "10.0.0.9:80", nginx);
  host.look();
  host.goes(gone);
  host.look();
  host.next_window();
  CHECK(host.lines() == "");
}

TEST_CASE("trap 25: what the bounded table has no room for is counted") {
  FlowTable table({.max_flows = 2});
  for (std::uint16_t port = 1; port <= 5; ++port) {
    FlowKey key;
    key.listen.port = port;
    table.opened({key, Owner::nobody(UnknownOwner::kernel), Evidence::port}, Time{});
  }
  CHECK(table.size() == 2);
  CHECK(table.dropped() == 3);
}

TEST_CASE("a flow that finds no room is counted as dropped, and its end hurts nobody") {
  FlowTable table({.max_live = 1});
  const Time noon = Time{} + std::chrono::hours(12);
  table.open_window({noon}, noon);
  const Owner owner = Owner::of(nginx);
  const auto key = [&](std::string_view client) {
    return FlowKey{.listen = {Protocol::tcp, Address::parse("10.0.0.1").value(), 80},
                   .client = Address::parse(client).value(),
                   .role = Role::passive,
                   .netns = 1,
                   .process = owner.key()};
  };
  const FlowKey first = key("10.0.0.2");
  const FlowKey second = key("10.0.0.3");
  table.opened({first, owner}, noon);
  table.opened({second, owner}, noon);
  CHECK(table.dropped() == 1);
  CHECK(table.size() == 1);
  table.closed(second, noon);
  table.closed(first, noon);
  table.opened({second, owner}, noon);  // there is room again
  CHECK(table.size() == 2);
  CHECK(table.dropped() == 1);
  table.open_window({noon + std::chrono::minutes(1)}, noon + std::chrono::minutes(1));
  CHECK(table.dropped() == 0);
  CHECK(table.size() == 1);
}
