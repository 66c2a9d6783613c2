// Pages: no answer is longer than 16 MiB, none has more than 10,000 records, and all of them
// together tell everything once. On the store in memory, whose cursors are those of the one on
// disk.
#include <doctest/doctest.h>

#include <algorithm>

#include "api/flow_pieces.h"
#include "small_world.h"
#include "store/memory_store.h"
#include "wire/report_json.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

/// A quote is two bytes in JSON. Names are no longer than 255 bytes.
Owner owner_of(std::size_t number, std::size_t name_bytes) {
  const auto pid = static_cast<std::int32_t>(number + 2);
  const std::string long_name(name_bytes, '"');
  return Owner::of({.key = {pid, pid, 7},
                    .name = "nginx",
                    .pgid = pid,
                    .exe = long_name,
                    .unit = long_name,
                    .container = long_name});
}

/// A store of one window, and routes that read it.
struct Pages {
  MemoryStore store;
  Routes routes{store,
                {[] { return Host{.id = "5f1e"}; }, [] { return Health{.ticks = 1}; },
                 [] { return noon(); }}};
  WindowBatch batch{.window = {noon() - 1min, 1min}};

  void write_flows(std::size_t many, std::size_t name_bytes) {
    for (std::size_t i = 0; i < many; ++i) {
      Flow flow = some_flow();
      flow.owner = owner_of(i, name_bytes);
      flow.key.process = flow.owner.key();
      batch.flows.push_back(std::move(flow));
    }
    REQUIRE(store.write(batch));
  }

  void write_listeners(std::size_t many, std::size_t name_bytes) {
    for (std::size_t i = 0; i < many; ++i) {
      batch.listeners.push_back({.endpoint = some_flow().key.listen,
                                 .owner = owner_of(i, name_bytes),
                                 .first_seen = batch.window.start,
                                 .last_seen = batch.window.start});
    }
    REQUIRE(store.write(batch));
  }

  /// The whole text of an answer.
  std::string get(const std::string& path) const {
    Response response = routes.get(parse_request_target(path).value(), Standing::admitted);
    REQUIRE(response.status == 200);
    std::string text = std::move(response.body);
    while (response.rest) {
      const auto piece = response.rest->next().value();
      if (piece.empty()) break;
      text += piece;
    }
    return text;
  }
};

constexpr std::size_t mebibyte = 1 << 20;

template <class Reader>
std::vector<Flow> read_all(Reader open, std::size_t page_bytes, std::size_t& pages) {
  std::vector<Flow> all;
  std::optional<std::string> cursor;
  do {
    FlowPieces pieces({.span = {noon() - 1h, noon()}}, open(cursor), page_bytes);
    std::string text;
    while (!pieces.ended()) text += pieces.next().value();
    const auto page = parse_flow_report(text).value();
    CHECK_FALSE(page.flows.empty());
    all.insert(all.end(), page.flows.begin(), page.flows.end());
    cursor = page.next;
    ++pages;
  } while (cursor);
  return all;
}

}  // namespace

TEST_CASE("a page of flows ends before 16 MiB, and the next one goes on there") {
  Pages world;
  world.write_flows(10'000, 255);
  std::vector<Flow> told;
  std::string cursor;
  int pages = 0;
  do {
    const std::string text = world.get("/v1/flows?limit=10000" + cursor);
    CHECK(text.size() <= 16 * mebibyte);
    const auto page = parse_flow_report(text);
    REQUIRE_MESSAGE(page.has_value(), page.error().message);
    told.insert(told.end(), page->flows.begin(), page->flows.end());
    cursor = page->next ? "&cursor=" + *page->next : "";
    CHECK((text.size() > 15 * mebibyte || !page->next));  // and not long before
    ++pages;
  } while (!cursor.empty());
  CHECK(pages == 2);
  CHECK(told == world.store.flows({.span = world.batch.window.span()})->flows);
}

TEST_CASE("wherever a page is full, each flow is told once, and each page has one") {
  Pages world;
  world.write_flows(60, 255);
  const auto open = [&](const std::optional<std::string>& cursor) {
    return world.store.read_flows({.span = world.batch.window.span(), .cursor = cursor}).value();
  };
  for (const std::size_t page_bytes : {std::size_t{0}, 80'000UL, 130'000UL, 190'000UL, mebibyte}) {
    CAPTURE(page_bytes);
    std::size_t pages = 0;
    CHECK(read_all(open, page_bytes, pages).size() == 60);
    CHECK(pages == (page_bytes == 0 ? 60 : page_bytes == mebibyte ? 1 : pages));
  }
}

TEST_CASE("a page that ends where the flows end is the last one") {
  Pages world;
  world.write_flows(1, 10);
  std::size_t pages = 0;
  const auto open = [&](const std::optional<std::string>&) {
    return world.store.read_flows({.span = world.batch.window.span()}).value();
  };
  CHECK(read_all(open, 0, pages).size() == 1);
  CHECK(pages == 1);
}

TEST_CASE("listeners come in pages of ten thousand, and of as many as are asked for") {
  Pages world;
  world.write_listeners(10'003, 10);
  const auto first = parse_listener_report(world.get("/v1/listeners")).value();
  CHECK(first.listeners.size() == 10'000);
  REQUIRE(first.next);
  const auto rest =
      parse_listener_report(world.get("/v1/listeners?limit=2&cursor=" + *first.next)).value();
  CHECK(rest.listeners.size() == 2);
  REQUIRE(rest.next);
  const auto last = parse_listener_report(world.get("/v1/listeners?cursor=" + *rest.next)).value();
  CHECK(last.listeners.size() == 1);
  CHECK_FALSE(last.next);
}

TEST_CASE("a page of listeners ends before 16 MiB, and the next one goes on there") {
  Pages world;
  world.write_listeners(10'000, 255);
  std::vector<Listener> told;
  std::string path = "/v1/listeners";
  for (std::optional<std::string> next = ""; next; path = "/v1/listeners?cursor=" + *next) {
    const std::string text = world.get(path);
    CHECK(text.size() <= 16 * mebibyte);
    const auto page = parse_listener_report(text).value();
    told.insert(told.end(), page.listeners.begin(), page.listeners.end());
    next = page.next;
    if (!next) break;
  }
  CHECK(told == world.store.listeners(world.batch.window.span()).value());
}

TEST_CASE("listeners beside flows leave room for them, and say where the others are") {
  Pages world;
  world.write_listeners(2000, 255);
  const std::string text = world.get("/v1/flows?with=listeners");
  CHECK(text.size() <= 2 * mebibyte + 4096);
  const auto report = parse_flow_report(text).value();
  REQUIRE(report.listeners);
  REQUIRE(report.listeners_next);
  const auto rest =
      parse_listener_report(world.get("/v1/listeners?cursor=" + *report.listeners_next)).value();
  CHECK(report.listeners->size() + rest.listeners.size() == 2000);
  CHECK(rest.listeners.front() != report.listeners->back());
}
