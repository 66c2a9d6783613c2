// What the port promises (ttq/store.h), of both stores.
#include <doctest/doctest.h>

#include <set>

#include "store/both_stores.h"

using namespace ttq;
using namespace ttq::test;

TEST_CASE_TEMPLATE("a flow that was written is found in its window and in no other", Kept,
                   BOTH_STORES) {
  Kept kept;
  const Flow seen = flow("10.0.0.11", minute(7), {30, 30, 31, 1, 0, 0});
  write(kept.store(), minute(7), {seen});
  CHECK(flows(kept.store(), minutes(7, 8)) == std::vector{seen});
  CHECK(flows(kept.store(), minutes(0, 100)) == std::vector{seen});
  CHECK(flows(kept.store(), minutes(6, 7)).empty());
  CHECK(flows(kept.store(), minutes(8, 9)).empty());
  CHECK(flows(kept.store(), minutes(8, 7)).empty());
}

TEST_CASE_TEMPLATE("a span that only touches a window takes all of it", Kept, BOTH_STORES) {
  Kept kept;
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {1, 1, 1, 0, 0, 0})});
  const Time within = minute(7).start + std::chrono::seconds(30);
  CHECK(flows(kept.store(), {within, within + std::chrono::milliseconds(1)}).size() == 1);
}

TEST_CASE_TEMPLATE("every owner, also none, comes back as it was", Kept, BOTH_STORES) {
  Kept kept;
  const Flow known = flow("10.0.0.11", minute(7), {});
  const Flow nobody = owned_by(known, Owner::nobody(UnknownOwner::time_wait));
  const Flow folded = owned_by(
      known, Owner::of({.key = {.mark = 77}, .name = "curl", .pgid = std::nullopt, .groups = 12}));
  write(kept.store(), minute(7), {known, nobody, folded});
  for (const Flow& expected : {known, nobody, folded}) {
    const auto found = flows(kept.store(), minutes(7, 8));
    CHECK(std::count(found.begin(), found.end(), expected) == 1);
  }
}

TEST_CASE_TEMPLATE("the windows of one flow are added up", Kept, BOTH_STORES) {
  Kept kept;
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {5, 9, 3, 1, 2, 1})});
  write(kept.store(), minute(8), {flow("10.0.0.11", minute(8), {4, 6, 2, 3, 0, 0})});
  const auto found = flows(kept.store(), minutes(7, 9));
  REQUIRE(found.size() == 1);
  CHECK(found[0].connections == Connections{4, 9, 5, 4, 2, 0});
  CHECK(found[0].first_seen == minute(7).start + std::chrono::seconds(1));
  CHECK(found[0].last_seen == minute(8).start + std::chrono::seconds(58));
}

TEST_CASE_TEMPLATE("traffic is added up over the windows that have any, and else is none", Kept,
                   BOTH_STORES) {
  Kept kept;
  Flow told = flow("10.0.0.11", minute(7), {1, 1, 0, 0, 0, 0});
  told.traffic = {1, 1000, 200, 3, 40'000, 2};
  const Flow untold = flow("10.0.0.12", minute(7), {1, 1, 0, 0, 0, 0});
  write(kept.store(), minute(7), {told, untold});
  write(kept.store(), minute(8), {flow("10.0.0.11", minute(8), {1, 1, 0, 0, 0, 0})});
  told = flow("10.0.0.11", minute(9), {1, 1, 0, 0, 0, 0});
  told.traffic = {0, 500, 100, 1, 10'000, 1};
  write(kept.store(), minute(9), {told});
  const auto found = flows(kept.store(), minutes(7, 10));
  REQUIRE(found.size() == 2);
  CHECK(found[0].traffic == Traffic{1, 1500, 300, 4, 50'000, 3});
  CHECK_FALSE(found[1].traffic.has_value());
  CHECK_FALSE(flows(kept.store(), minutes(8, 9))[0].traffic.has_value());
}

TEST_CASE_TEMPLATE("of a flow that has gone the traffic stays", Kept, BOTH_STORES) {
  Kept kept;
  Flow gone = flow("10.0.0.11", minute(7), {1, 1, 1, 0, 0, 0});
  gone.traffic = {1, 10, 20, 0, 0, 0};
  write(kept.store(), minute(7), {gone});
  write(kept.store(), minute(8), {});
  CHECK(flows(kept.store(), minutes(0, 60))[0].traffic == gone.traffic);
}

TEST_CASE_TEMPLATE("what is not in the newest window of the span has no connection now", Kept,
                   BOTH_STORES) {
  Kept kept;
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {5, 5, 5, 0, 0, 2})});
  write(kept.store(), minute(8), {flow("10.0.0.12", minute(8), {1, 1, 1, 0, 0, 0})});
  const auto both = flows(kept.store(), minutes(0, 60));
  REQUIRE(both.size() == 2);
  CHECK(both[0].connections == Connections{0, 5, 5, 0, 0, 0});
  CHECK(both[1].connections.now == 1);
  // Of a span that ends before it went away, it was there at the last look.
  CHECK(flows(kept.store(), minutes(0, 8))[0].connections.now == 5);
}

TEST_CASE_TEMPLATE("a window in which nothing was seen is a window all the same", Kept,
                   BOTH_STORES) {
  Kept kept;
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {5, 5, 5, 0, 0, 0})});
  write(kept.store(), minute(8), {});
  CHECK(flows(kept.store(), minutes(0, 60))[0].connections.now == 0);
}

TEST_CASE_TEMPLATE("trap 20: what is written again in a window replaces, and is not added", Kept,
                   BOTH_STORES) {
  Kept kept;
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {1, 1, 1, 0, 0, 0})});
  const Flow later = flow("10.0.0.11", minute(7), {2, 2, 2, 0, 0, 0});
  write(kept.store(), minute(7), {later});
  CHECK(flows(kept.store(), minutes(7, 8)) == std::vector{later});
}

TEST_CASE_TEMPLATE("what stands was seen until the last look of its window", Kept, BOTH_STORES) {
  Kept kept;
  const auto look = [](int second) { return minute(7).start + std::chrono::seconds(second); };
  const auto seen_until = [&](std::string_view client, Connections counts, Time seen) {
    Flow one = flow(client, minute(7), counts);
    one.last_seen = seen;
    return one;
  };
  const Flow held = seen_until("10.0.0.11", {2, 2, 0, 0, 0, 0}, look(5));
  const Flow waits = seen_until("10.0.0.12", {0, 0, 0, 0, 1, 1}, look(5));
  const Flow gone = seen_until("10.0.0.13", {0, 1, 1, 1, 0, 0}, look(5));
  REQUIRE(kept.store().write(
      {.window = minute(7), .last_look = look(5), .flows = {held, waits, gone}}));
  for (const int second : {10, 15, 59}) {
    REQUIRE(kept.store().write({.window = minute(7), .last_look = look(second)}));
    const auto found = flows(kept.store(), minutes(7, 8));
    REQUIRE(found.size() == 3);
    CHECK(found[0].last_seen == look(second));
    CHECK(found[1].last_seen == look(second));
    CHECK(found[2].last_seen == look(5));
    CHECK(found[0].connections == held.connections);
  }
  // And not beyond it, when it is gone in the window that follows.
  REQUIRE(kept.store().write({.window = minute(8), .last_look = minute(8).start}));
  CHECK(flows(kept.store(), minutes(7, 9))[0].last_seen == look(59));
}

TEST_CASE_TEMPLATE("a listener that was written as seen at the last look still listens", Kept,
                   BOTH_STORES) {
  Kept kept;
  const auto look = [](int second) { return minute(7).start + std::chrono::seconds(second); };
  Listener one = listener(80, minute(7));
  Listener other = listener(443, minute(7));
  one.last_seen = other.last_seen = look(5);
  REQUIRE(
      kept.store().write({.window = minute(7), .last_look = look(5), .listeners = {one, other}}));
  // One has closed meanwhile, and so is told of again; of the other nothing is said.
  REQUIRE(kept.store().write({.window = minute(7), .last_look = look(30), .listeners = {one}}));
  const auto found = kept.store().listeners(minutes(7, 8)).value();
  REQUIRE(found.size() == 2);
  CHECK(found[0].last_seen == look(5));
  CHECK(found[1].last_seen == look(30));
}

TEST_CASE_TEMPLATE("a removed flow is gone from its window, and from no earlier one", Kept,
                   BOTH_STORES) {
  Kept kept;
  const Flow early = flow("10.0.0.11", minute(6), {1, 1, 1, 0, 0, 0});
  const Flow one = flow("10.0.0.11", minute(7), {1, 1, 1, 0, 0, 0});
  write(kept.store(), minute(6), {early});
  write(kept.store(), minute(7), {one});
  write(kept.store(), minute(7), {}, {one.key});
  CHECK(flows(kept.store(), minutes(7, 8)).empty());
  CHECK(flows(kept.store(), minutes(6, 7)) == std::vector{early});
}

TEST_CASE_TEMPLATE("trap 3: two processes with one client are two flows", Kept, BOTH_STORES) {
  Kept kept;
  const Flow nginx = flow("10.0.0.11", minute(7), {});
  const Flow cron = owned_by(nginx, Owner::of(process("cron", 99)));
  write(kept.store(), minute(7), {nginx, cron});
  CHECK(flows(kept.store(), minutes(7, 8)).size() == 2);
}

TEST_CASE_TEMPLATE("trap 6: loopback of two network namespaces is two flows", Kept, BOTH_STORES) {
  Kept kept;
  const Flow here = flow("127.0.0.1", minute(7), {});
  Flow there = here;
  there.key.netns = here.key.netns + 1;
  write(kept.store(), minute(7), {here, there});
  CHECK(flows(kept.store(), minutes(7, 8)) == std::vector{here, there});
}

TEST_CASE_TEMPLATE("a question can be narrowed by every field that it has", Kept, BOTH_STORES) {
  Kept kept;
  Flow web = flow("10.0.0.11", minute(7), {});
  Flow dns = owned_by(flow("10.0.0.12", minute(7), {}), Owner::of(process("dnsmasq", 53)));
  dns.key.listen = {Protocol::udp, address("10.0.0.53"), 53};
  dns.key.role = Role::active;
  write(kept.store(), minute(7), {web, dns});
  const auto found = [&](FlowQuery query) {
    query.span = minutes(7, 8);
    return kept.store().flows(query).value().flows;
  };
  CHECK(found({}).size() == 2);
  CHECK(found({.role = Role::active}) == std::vector{dns});
  CHECK(found({.proto = Protocol::tcp}) == std::vector{web});
  CHECK(found({.port = std::uint16_t{53}}) == std::vector{dns});
  CHECK(found({.peer = address("10.0.0.11")}) == std::vector{web});
  CHECK(found({.peer = address("10.0.0.53")}) == std::vector{dns});
  CHECK(found({.name = "nginx"}) == std::vector{web});
  CHECK(found({.pgid = 53}) == std::vector{dns});
  CHECK(found({.role = Role::active, .name = "nginx"}).empty());
}

TEST_CASE_TEMPLATE("pages of every size give each flow once, in one order", Kept, BOTH_STORES) {
  Kept kept;
  std::vector<Flow> written;
  for (int n = 1; n <= 7; ++n) {
    written.push_back(flow("10.0.0." + std::to_string(n), minute(7), {}));
  }
  write(kept.store(), minute(7), written);
  for (const std::size_t limit : {1U, 2U, 6U, 7U, 8U}) {
    CAPTURE(limit);
    std::vector<Flow> found;
    FlowQuery query{.span = minutes(7, 8), .limit = limit};
    do {
      auto page = kept.store().flows(query).value();
      CHECK(page.flows.size() <= limit);
      found.insert(found.end(), page.flows.begin(), page.flows.end());
      query.cursor = page.next;
      if (page.next) CHECK(kept.store().is_cursor(*page.next));
    } while (query.cursor);
    CHECK(found == written);
  }
}

TEST_CASE_TEMPLATE("a page that holds all that was asked for is the last one", Kept, BOTH_STORES) {
  Kept kept;
  const Flow udp = owned_by(flow("10.0.0.1", minute(7), {}), Owner::of(process("a", 1)));
  write(kept.store(), minute(7), {udp, flow("10.0.0.2", minute(7), {})});
  const auto page = kept.store().flows({.span = minutes(7, 8), .name = "a", .limit = 1}).value();
  CHECK(page.flows.size() == 1);
  CHECK_FALSE(page.next.has_value());
}

TEST_CASE_TEMPLATE("a page that is ended early goes on where it ended", Kept, BOTH_STORES) {
  Kept kept;
  const Flow one = flow("10.0.0.1", minute(7), {});
  const Flow other = flow("10.0.0.2", minute(7), {});
  write(kept.store(), minute(7), {one, other});
  const auto reader = kept.store().read_flows({.span = minutes(7, 8)}).value();
  CHECK(*reader->read().value() == one);
  const std::string cursor = reader->cursor();
  CHECK(kept.store().is_cursor(cursor));
  CHECK(kept.store().flows({.span = minutes(7, 8), .cursor = cursor}).value().flows ==
        std::vector{other});
}

TEST_CASE_TEMPLATE("pages of every size give each listener once, in one order", Kept, BOTH_STORES) {
  Kept kept;
  WindowBatch batch{.window = minute(7)};
  for (std::uint16_t port = 1; port <= 7; ++port) {
    batch.listeners.push_back(listener(port, minute(7)));
  }
  REQUIRE(kept.store().write(batch));
  for (const std::size_t limit : {1U, 2U, 6U, 7U, 8U}) {
    CAPTURE(limit);
    std::vector<Listener> found;
    std::optional<std::string> cursor;
    do {
      const auto page = kept.store().listener_page(minutes(7, 8), limit, cursor).value();
      CHECK(page.listeners.size() <= limit);
      found.insert(found.end(), page.listeners.begin(), page.listeners.end());
      cursor = page.next;
      if (cursor) CHECK(kept.store().is_cursor(*cursor));
    } while (cursor);
    CHECK(found == batch.listeners);
  }
}

TEST_CASE_TEMPLATE("a cursor of a stranger is refused", Kept, BOTH_STORES) {
  Kept kept;
  for (const std::string bad : {"", "0", "zz", "05", "../../etc/passwd", "ffffffffffffffff"}) {
    CAPTURE(bad);
    CHECK_FALSE(kept.store().is_cursor(bad));
    CHECK_FALSE(kept.store().flows({.span = minutes(0, 1), .cursor = bad}).has_value());
    CHECK_FALSE(kept.store().listener_page(minutes(0, 1), 1, bad).has_value());
  }
}

TEST_CASE_TEMPLATE("a listener is one over the span, from its first window to its last", Kept,
                   BOTH_STORES) {
  Kept kept;
  REQUIRE(kept.store().write({.window = minute(7), .listeners = {listener(80, minute(7))}}));
  REQUIRE(kept.store().write(
      {.window = minute(8), .listeners = {listener(80, minute(8)), listener(443, minute(8))}}));
  const auto found = kept.store().listeners(minutes(0, 60)).value();
  REQUIRE(found.size() == 2);
  CHECK(found[0].first_seen == minute(7).start);
  CHECK(found[0].last_seen == listener(80, minute(8)).last_seen);
  CHECK(found[1] == listener(443, minute(8)));
  CHECK(kept.store().listeners(minutes(7, 8)).value() == std::vector{listener(80, minute(7))});
}

TEST_CASE_TEMPLATE("trap 10: two processes at one endpoint are two listeners", Kept, BOTH_STORES) {
  Kept kept;
  Listener other = listener(80, minute(7));
  other.owner = Owner::of(process("nginx", 4700));
  REQUIRE(kept.store().write({.window = minute(7), .listeners = {listener(80, minute(7)), other}}));
  CHECK(kept.store().listeners(minutes(7, 8)).value().size() == 2);
}

TEST_CASE_TEMPLATE("trap 25: a gap in the watching shows", Kept, BOTH_STORES) {
  Kept kept;
  for (const int n : {7, 8, 20}) write(kept.store(), minute(n), {});
  const auto spans = kept.store().coverage(minutes(0, 60)).value();
  REQUIRE(spans.size() == 2);
  CHECK(spans[0].span == minutes(7, 9));
  CHECK(spans[1].span == minutes(20, 21));
  CHECK(kept.store().coverage(minutes(10, 15)).value().empty());
}

TEST_CASE_TEMPLATE("trap 25: a window in which events were lost shows", Kept, BOTH_STORES) {
  Kept kept;
  write(kept.store(), minute(7), {});
  Coverage lossy = watched(minute(8));
  lossy.lost = 300;
  REQUIRE(kept.store().write({.window = minute(8), .coverage = lossy}));
  write(kept.store(), minute(9), {});
  const auto spans = kept.store().coverage(minutes(0, 60)).value();
  REQUIRE(spans.size() == 3);
  CHECK(spans[1] == lossy);
}

TEST_CASE_TEMPLATE("coverage that began at the same moment is replaced by the longer", Kept,
                   BOTH_STORES) {
  Kept kept;
  for (const int seconds : {5, 10, 15}) {
    const Coverage so_far{{minute(7).start, minute(7).start + std::chrono::seconds(seconds)}};
    REQUIRE(kept.store().write({.window = minute(7), .coverage = so_far}));
  }
  const auto spans = kept.store().coverage(minutes(0, 60)).value();
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].span.until == minute(7).start + std::chrono::seconds(15));
}

TEST_CASE_TEMPLATE("a store knows when it begins, and an empty one says so", Kept, BOTH_STORES) {
  Kept kept;
  CHECK_FALSE(kept.store().figures().oldest_window.has_value());
  CHECK(flows(kept.store(), minutes(0, 60)).empty());
  CHECK(kept.store().listeners(minutes(0, 60)).value().empty());
  CHECK(kept.store().coverage(minutes(0, 60)).value().empty());
  write(kept.store(), minute(7), {});
  write(kept.store(), minute(8), {});
  CHECK(kept.store().figures().oldest_window == minute(7).start);
}

TEST_CASE_TEMPLATE("each store has an instance of its own: 128 bits in hex", Kept, BOTH_STORES) {
  Kept one;
  Kept other;
  CHECK(one.store().instance().size() == 32);
  CHECK(one.store().instance().find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(one.store().instance() != other.store().instance());
}

TEST_CASE_TEMPLATE("a window of more than an hour is refused", Kept, BOTH_STORES) {
  Kept kept;
  CHECK_FALSE(kept.store().write({.window = {minute(0).start, std::chrono::hours(2)}}));
}
