// Folding into hours, retention and the limit of size, of both stores.
#include "store/keeping.h"

#include <doctest/doctest.h>

#include "store/both_stores.h"

using namespace ttq;
using namespace ttq::test;
using namespace std::chrono_literals;

namespace {

Time day(int n) { return minute(0).start + std::chrono::days(n); }

/// Two flows and a listener through three hours; one of the flows ends in the middle of an hour.
void write_hours(Store& store) {
  for (int n = 0; n < 180; ++n) {
    const auto many = static_cast<std::uint64_t>(n);
    std::vector<Flow> seen{flow("10.0.0.11", minute(n), {many, many + 1, 2, 1, 1, 1})};
    if (n % 7 == 0) seen[0].traffic = {1, many, 2 * many, 0, 1000, 1};
    if (n < 90) seen.push_back(flow("10.0.0.12", minute(n), {3, 3, 1, 0, 0, 0}));
    REQUIRE(store.write({.window = minute(n),
                         .flows = seen,
                         .listeners = {listener(80, minute(n))},
                         .coverage = watched(minute(n))}));
  }
}

/// Enough that it shows on the disk: names that do not compress, and new ones in each window.
void write_much(Store& store, int from, int to) {
  std::uint64_t noise = 88172645463325252ULL;
  for (int n = from; n < to; ++n) {
    std::vector<Flow> seen;
    for (int client = 0; client < 300; ++client) {
      Process stranger = process("x", client + 1);
      stranger.exe.emplace();
      for (int i = 0; i < 20; ++i) {
        noise ^= noise << 13U;
        noise ^= noise >> 7U;
        noise ^= noise << 17U;
        *stranger.exe += std::to_string(noise);
      }
      seen.push_back(owned_by(flow("10.0.1.1", minute(n), {}), Owner::of(stranger)));
    }
    write(store, minute(n), seen);
  }
}

}  // namespace

TEST_CASE_TEMPLATE("hours tell the same sums as the minutes that they were folded from", Kept,
                   BOTH_STORES) {
  Kept kept;
  write_hours(kept.store());
  std::vector<std::vector<Flow>> before;
  const Span spans[] = {minutes(0, 60), minutes(60, 120), minutes(0, 120), minutes(0, 180)};
  for (const Span& span : spans) before.push_back(flows(kept.store(), span));
  const auto listeners = kept.store().listeners(minutes(0, 180)).value();
  const auto coverage = kept.store().coverage(minutes(0, 180)).value();

  settle(kept.store(), day(3));

  for (std::size_t n = 0; n < before.size(); ++n) {
    CAPTURE(n);
    CHECK(flows(kept.store(), spans[n]) == before[n]);
  }
  CHECK(kept.store().listeners(minutes(0, 180)).value() == listeners);
  CHECK(kept.store().coverage(minutes(0, 180)).value() == coverage);
  // And it was folded: a question about one minute is answered with its hour.
  CHECK(flows(kept.store(), minutes(30, 31))[0].connections.opened == 120);
}

TEST_CASE_TEMPLATE("what is younger than full_resolution is not folded", Kept, BOTH_STORES) {
  Kept kept;
  write_hours(kept.store());
  settle(kept.store(), minute(119).start + 48h);
  CHECK(flows(kept.store(), minutes(30, 31))[0].connections.opened == 120);
  CHECK(flows(kept.store(), minutes(90, 91))[0].connections.opened == 2);
}

TEST_CASE_TEMPLATE("folding twice counts nothing twice", Kept, BOTH_STORES) {
  Kept kept;
  write_hours(kept.store());
  settle(kept.store(), day(3));
  const auto once = flows(kept.store(), minutes(0, 180));
  settle(kept.store(), day(4));
  CHECK(flows(kept.store(), minutes(0, 180)) == once);
}

TEST_CASE_TEMPLATE("what is past the retention is gone from every answer", Kept, BOTH_STORES) {
  Kept kept(Keeping{.retention = 2h});
  write_hours(kept.store());
  settle(kept.store(), minute(180).start);
  CHECK(kept.store().figures().oldest_window == minute(60).start);
  CHECK(flows(kept.store(), minutes(0, 60)).empty());
  CHECK(kept.store().listeners(minutes(0, 60)).value().empty());
  CHECK(kept.store().coverage(minutes(0, 60)).value().empty());
  const auto kept_spans = kept.store().coverage(minutes(0, 180)).value();
  REQUIRE(kept_spans.size() == 1);
  CHECK(kept_spans[0].span == minutes(60, 180));
  CHECK(flows(kept.store(), minutes(0, 180))[0].connections.opened == 240);
}

TEST_CASE_TEMPLATE("folded hours are dropped whole, when the last of their minutes is past", Kept,
                   BOTH_STORES) {
  Kept kept(Keeping{.full_resolution = 1h, .retention = 3h});
  write_hours(kept.store());
  settle(kept.store(), minute(180 + 59).start);
  CHECK(kept.store().figures().oldest_window == minute(0).start);
  settle(kept.store(), minute(180 + 60).start);
  CHECK(kept.store().figures().oldest_window == minute(60).start);
}

TEST_CASE_TEMPLATE("a store over its size drops the oldest until it fits", Kept, BOTH_STORES) {
  constexpr std::uint64_t max_bytes = 2 << 20;
  Kept kept(Keeping{.max_bytes = max_bytes});
  write_much(kept.store(), 0, 60);
  CHECK(kept.store().figures().max_bytes == max_bytes);
  REQUIRE(kept.store().figures().bytes > max_bytes);
  settle(kept.store(), minute(60).start, [&] { return kept.store().figures().bytes <= max_bytes; });

  CHECK(kept.store().figures().bytes <= max_bytes);
  const auto oldest = kept.store().figures().oldest_window;
  REQUIRE(oldest.has_value());
  CHECK(*oldest > minute(0).start);
  CHECK(*oldest <= minute(58).start);  // and no more than was needed
  CHECK(flows(kept.store(), minutes(59, 60)).size() == 300);
  CHECK(flows(kept.store(), {minute(0).start, *oldest}).empty());
  CHECK(kept.store().coverage(minutes(0, 60)).value()[0].span == Span{*oldest, minute(60).start});
}

TEST_CASE_TEMPLATE("a window that alone is too large stays", Kept, BOTH_STORES) {
  Kept kept(Keeping{.max_bytes = 1});
  write_much(kept.store(), 0, 3);
  const auto oldest = [&] { return kept.store().figures().oldest_window; };
  settle(kept.store(), minute(3).start, [&] { return oldest() == minute(2).start; });
  settle(kept.store(), minute(3).start);
  CHECK(oldest() == minute(2).start);
  CHECK(flows(kept.store(), minutes(0, 3)).size() == 300);
}

TEST_CASE_TEMPLATE("after the clock went back below what was dropped, windows are seen", Kept,
                   BOTH_STORES) {
  Kept kept(Keeping{.retention = 1h});
  write(kept.store(), minute(500'000), {});
  settle(kept.store(), minute(500'000).start);
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {})});
  CHECK(flows(kept.store(), minutes(7, 8)).size() == 1);
  CHECK(kept.store().coverage(minutes(7, 8)).value().size() == 1);
}

TEST_CASE("the floor cuts no window, and leaves the last") {
  const std::vector<Window> windows{
      {minute(0).start, 1h}, minute(30), minute(59), minute(60), minute(61)};
  const Keeping keeping{.max_bytes = 1000};
  CHECK_FALSE(floor_by_size(windows, 1000, keeping).has_value());
  CHECK(floor_by_size(windows, 1001, keeping) == minute(60).start);
  CHECK(floor_by_size(windows, 1'000'000, keeping) == minute(61).start);
  CHECK_FALSE(floor_by_size({minute(0)}, 1'000'000, keeping).has_value());
}
