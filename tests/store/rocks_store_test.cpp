// What only the store on disk must do: open again, refuse rightly, and survive damage.
#include "store/rocks_store.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "store/both_stores.h"
#include "store/chunk.h"
#include "store/files.h"

using namespace ttq;
using namespace ttq::test;

namespace fs = std::filesystem;

TEST_CASE("a store that is opened again holds all that it held, and is the same instance") {
  OnDisk kept;
  const Flow seen = flow("10.0.0.11", minute(7), {1, 2, 3, 4, 5, 6});
  REQUIRE(kept.store().write({.window = minute(7),
                              .flows = {seen},
                              .listeners = {listener(80, minute(7))},
                              .coverage = watched(minute(7))}));
  const std::string instance = kept.store().instance();
  kept.reopen();
  CHECK(flows(kept.store(), minutes(7, 8)) == std::vector{seen});
  CHECK(kept.store().listeners(minutes(7, 8)).value() == std::vector{listener(80, minute(7))});
  CHECK(kept.store().coverage(minutes(7, 8)).value() == std::vector{watched(minute(7))});
  CHECK(kept.store().instance() == instance);
}

TEST_CASE("a daemon that starts anew within a window adds to it, once") {
  OnDisk kept;
  Flow early = flow("10.0.0.11", minute(7), {5, 6, 5, 1, 0, 0});
  early.traffic = {5, 1000, 200, 1, 900, 3};
  const Flow gone = flow("10.0.0.12", minute(7), {1, 1, 1, 0, 0, 0});
  write(kept.store(), minute(7), {early, gone});
  kept.reopen();
  Flow again = flow("10.0.0.11", minute(7), {4, 4, 2, 0, 0, 0});
  again.traffic = {2, 500, 100, 0, 100, 1};
  again.first_seen += std::chrono::seconds(30);
  for (int flush = 0; flush < 3; ++flush) write(kept.store(), minute(7), {again});
  const auto found = flows(kept.store(), minutes(7, 8));
  REQUIRE(found.size() == 2);
  CHECK(found[0].connections == Connections{4, 6, 7, 1, 0, 0});
  CHECK(found[0].traffic == Traffic{7, 1500, 300, 1, 1000, 4});
  CHECK(found[0].first_seen == early.first_seen);
  CHECK(found[1] == gone);
}

TEST_CASE("what an earlier process saw is not removed by a later one") {
  OnDisk kept;
  const Flow early = flow("10.0.0.11", minute(7), {5, 6, 5, 1, 0, 0});
  write(kept.store(), minute(7), {early});
  kept.reopen();
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {1, 1, 1, 0, 0, 0})});
  write(kept.store(), minute(7), {}, {early.key});
  CHECK(flows(kept.store(), minutes(7, 8)) == std::vector{early});
}

TEST_CASE("a count that goes on is told again to the next process, and not added to itself") {
  OnDisk kept;
  const auto tell = [&](std::uint64_t counting, std::uint64_t opened) {
    const Flow one = flow("10.0.0.11", minute(7), {1, 1, opened, 0, 0, 0});
    REQUIRE(kept.store().write(
        {.window = minute(7), .last_look = one.last_seen, .counting = counting, .flows = {one}}));
    return flows(kept.store(), minutes(7, 8)).at(0).connections.opened;
  };
  CHECK(tell(1, 5) == 5);
  kept.reopen();
  CHECK(tell(1, 6) == 6);
  CHECK(tell(1, 7) == 7);
  kept.reopen();
  CHECK(tell(2, 3) == 10);  // a daemon that was started anew
  kept.reopen();
  CHECK(tell(2, 4) == 11);
  kept.reopen();
  CHECK(tell(2, 4) == 11);
  kept.reopen();
  CHECK(tell(3, 1) == 12);
  CHECK(tell(3, 2) == 13);
}

TEST_CASE("what a count does not tell again is not there, and what others counted is") {
  OnDisk kept;
  const Flow of_another = flow("10.0.0.11", minute(7), {0, 1, 1, 1, 0, 0});
  const Flow folded = flow("10.0.0.12", minute(7), {0, 1, 1, 1, 0, 0});
  const Time look = minute(7).start + std::chrono::seconds(58);
  REQUIRE(
      kept.store().write({minute(7), look, 1, {of_another}, {}, {listener(80, minute(7))}, {}}));
  kept.reopen();
  REQUIRE(kept.store().write({minute(7), look, 2, {of_another, folded}, {}, {}, {}}));
  kept.reopen();
  REQUIRE(kept.store().write({minute(7), look, 2, {}, {}, {}, {}}));
  CHECK(flows(kept.store(), minutes(7, 8)) == std::vector{of_another});
  CHECK(kept.store().listeners(minutes(7, 8)).value().size() == 1);
  REQUIRE(kept.store().write({minute(8), minute(8).start, 3, {}, {}, {}, {}}));
  CHECK(flows(kept.store(), minutes(7, 8)) == std::vector{of_another});
}

TEST_CASE("the directory is made, for owner and group alone") {
  ScratchDir scratch;
  const fs::path dir = scratch.path() / "var" / "lib" / "ttracerd";
  REQUIRE(RocksStore::open(dir, {}).has_value());
  struct stat status {};
  REQUIRE(::stat(dir.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0750);
}

TEST_CASE("a store of another schema is refused, and not one byte of it is touched") {
  for (const auto& [schema, said] :
       {std::pair{"4", "a newer ttracerd"}, {"2", "an older"}, {"1", "an older"}}) {
    OnDisk kept;
    write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {})});
    kept.close();
    const std::string key = meta_key("schema");
    REQUIRE(raw(kept.database())->Put({}, key, encode_meta(key, schema)).ok());
    const auto before = all_files(kept.database());
    const std::string fault = fault_of_opening(kept.dir());
    CHECK(contains(fault, said));
    CHECK(contains(fault, "move the store away to begin a new one"));
    CHECK(contains(fault, kept.dir().string()));
    CHECK(all_files(kept.database()) == before);
  }
}

TEST_CASE("a second opener is refused with the reason, and the first goes on") {
  OnDisk kept;
  CHECK(contains(fault_of_opening(kept.dir()), "another ttracerd uses this store"));
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {})});
  CHECK(flows(kept.store(), minutes(7, 8)).size() == 1);
}

TEST_CASE("somebody else's database is refused") {
  ScratchDir scratch;
  REQUIRE(raw(scratch.path())->Put({}, "key", "value").ok());
  CHECK(contains(fault_of_opening(scratch.path()), "no store of ttracerd"));
}

TEST_CASE("a database that was made and not yet written to becomes a store") {
  ScratchDir scratch;
  raw(scratch.path());
  CHECK(RocksStore::open(scratch.path(), {}).has_value());
}

TEST_CASE("a directory that cannot be made is one line that says so") {
  CHECK(contains(fault_of_opening("/proc/nowhere/store"), "/proc/nowhere/store"));
  ScratchDir scratch;
  const fs::path file = scratch.path() / "file";
  std::ofstream(file) << "x";
  CHECK(contains(fault_of_opening(file), "Not a directory"));
}

TEST_CASE("a log that was cut, or ends in garbage, costs its last records and no more") {
  OnDisk kept;
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {})});
  kept.close();
  for (const auto& log : files_like(kept.database(), ".log")) {
    std::ofstream(log, std::ios::app | std::ios::binary) << std::string(100, '\x5a');
  }
  kept.open();
  CHECK(flows(kept.store(), minutes(7, 8)).size() == 1);
}

TEST_CASE("trap 15: one corrupt record is left out and counted, and the others are answered") {
  OnDisk kept;
  const Flow good = flow("10.0.0.11", minute(7), {});
  const Flow bad = flow("10.0.0.12", minute(7), {});
  write(kept.store(), minute(7), {good, bad});
  kept.close();
  const Time bucket = fine_bucket(minute(7));
  const auto key = chunk_key(RecordKind::fine_flow, bucket, flow_series(bad.key));
  REQUIRE(raw(kept.database())->Put({}, key, "rot").ok());
  const auto odd = chunk_key(RecordKind::fine_flow, bucket, "odd");
  REQUIRE(raw(kept.database())->Put({}, odd, "rot").ok());
  REQUIRE(raw(kept.database())->Put({}, coverage_key(minute(8).start), "rot").ok());
  kept.open();
  CHECK(flows(kept.store(), minutes(0, 60)) == std::vector{good});
  CHECK(kept.store().figures().corrupt_records >= 2);
  CHECK(kept.store().coverage(minutes(0, 60)).value() == std::vector{watched(minute(7))});
  settle(kept.store(), minute(0).start + std::chrono::days(3));
  CHECK(flows(kept.store(), minutes(0, 60)).size() == 1);
}

TEST_CASE("an hour that is rolled up in pieces tells the same between any two of them") {
  OnDisk kept;
  constexpr int clients = 5'000;  // more than one piece
  static_assert(clients > Roller::piece_series);
  for (const int n : {0, 30, 59}) {
    std::vector<Flow> seen;
    for (int client = 0; client < clients; ++client) {
      const auto ip = "10.0." + std::to_string(client / 250) + "." + std::to_string(client % 250);
      seen.push_back(flow(ip, minute(n), {1, 1, 1, 0, 0, 0}));
    }
    write(kept.store(), minute(n), seen);
  }
  const auto before = flows(kept.store(), minutes(0, 60));
  REQUIRE(before.size() == clients);
  const Time later = minute(0).start + std::chrono::days(3);
  const auto opened_at_30 = [&] {
    return flows(kept.store(), minutes(30, 31)).back().connections.opened;
  };
  REQUIRE(kept.store().maintain(later));
  CHECK(flows(kept.store(), minutes(0, 60)) == before);
  CHECK(opened_at_30() == 1);
  kept.reopen();  // the second half is not done yet: it begins anew
  CHECK(flows(kept.store(), minutes(0, 60)) == before);
  for (int piece = 0; piece < 2; ++piece) REQUIRE(kept.store().maintain(later));
  CHECK(flows(kept.store(), minutes(0, 60)) == before);
  CHECK(opened_at_30() == 1);  // rolled up, and not folded
  REQUIRE(kept.store().maintain(later));
  CHECK(flows(kept.store(), minutes(0, 60)) == before);
  CHECK(opened_at_30() == 3);
}

TEST_CASE("an hour that is rolled up stands for its windows only where all of them are asked for") {
  OnDisk kept;
  for (int n = 0; n < 120; ++n) {
    write(kept.store(), minute(n), {flow("10.0.0.11", minute(n), {1, 1, 1, 0, 0, 0})});
    REQUIRE(kept.store().maintain(minute(n + 1).start));
  }
  const std::pair<int, int> spans[] = {{0, 60}, {0, 59}, {1, 60}, {30, 90}, {0, 120}, {7, 8}};
  for (const auto& span : spans) {
    CAPTURE(span.first);
    const auto windows = static_cast<std::uint64_t>(span.second - span.first);
    CHECK(flows(kept.store(), minutes(span.first, span.second))[0].connections.opened == windows);
  }
}

TEST_CASE("a clock that goes back into an hour that was rolled up, or folded, loses nothing") {
  for (const int days : {0, 3}) {
    CAPTURE(days);
    OnDisk kept;
    for (int n = 0; n < 130; ++n) {
      write(kept.store(), minute(n), {flow("10.0.0.11", minute(n), {1, 1, 1, 0, 0, 0})});
    }
    const Time later = minute(130).start + std::chrono::days(days);
    settle(kept.store(), later);
    write(kept.store(), minute(30), {flow("10.0.0.12", minute(30), {1, 1, 7, 0, 0, 0})});
    const auto opened = [&] {
      const auto found = flows(kept.store(), minutes(0, 60));
      REQUIRE(found.size() == 2);
      return std::pair{found[0].connections.opened, found[1].connections.opened};
    };
    CHECK(opened() == std::pair<std::uint64_t, std::uint64_t>{60, 7});
    write(kept.store(), minute(131), {});
    settle(kept.store(), later);
    CHECK(opened() == std::pair<std::uint64_t, std::uint64_t>{60, 7});
    kept.reopen();
    settle(kept.store(), minute(0).start + std::chrono::days(4));
    CHECK(opened() == std::pair<std::uint64_t, std::uint64_t>{60, 7});
  }
}

TEST_CASE("what stood for an earlier process was seen until its last look, not until the next's") {
  OnDisk kept;
  Flow early = flow("10.0.0.11", minute(7), {5, 6, 5, 1, 0, 0});
  early.last_seen = minute(7).start + std::chrono::seconds(20);
  REQUIRE(
      kept.store().write({.window = minute(7), .last_look = early.last_seen, .flows = {early}}));
  kept.reopen();
  REQUIRE(kept.store().write(
      {.window = minute(7), .last_look = minute(7).start + std::chrono::seconds(50)}));
  CHECK(flows(kept.store(), minutes(7, 8)) == std::vector{early});
}

TEST_CASE("what was dropped does not come back when the store is opened again") {
  OnDisk kept(Keeping{.retention = std::chrono::hours(1)});
  for (const int n : {0, 100}) write(kept.store(), minute(n), {flow("10.0.0.11", minute(n), {})});
  settle(kept.store(), minute(101).start);
  kept.reopen();
  CHECK(flows(kept.store(), minutes(0, 60)).empty());
  CHECK(kept.store().figures().oldest_window == minute(100).start);
}

TEST_CASE("a compaction cuts what is below the floor out of a chunk, and leaves the rest") {
  OnDisk kept(Keeping{.retention = std::chrono::minutes(30)});
  for (int n = 0; n < 60; ++n) {
    write(kept.store(), minute(n), {flow("10.0.0.11", minute(n), {1, 1, 1, 0, 0, 0})});
  }
  settle(kept.store(), minute(60).start);
  const auto rows_kept = [&] {
    kept.close();
    std::string chunk;
    const auto key = chunk_key(RecordKind::fine_flow, minute(0).start,
                               flow_series(flow("10.0.0.11", minute(0), {}).key));
    REQUIRE(raw(kept.database())->Get({}, key, &chunk).ok());
    kept.open();
    return decode_chunk(key, chunk).value().size();
  };
  REQUIRE(static_cast<RocksStore&>(kept.store()).compact());
  CHECK(rows_kept() == 30);
  CHECK(flows(kept.store(), minutes(0, 60))[0].connections.opened == 30);
  CHECK(flows(kept.store(), minutes(45, 46))[0].connections.opened == 1);
  CHECK(kept.store().figures().corrupt_records == 0);
}

TEST_CASE("a chunk of hours that retention cuts tells only of what is kept") {
  OnDisk kept(
      Keeping{.full_resolution = std::chrono::hours(1), .retention = std::chrono::hours(5)});
  for (int n = 0; n < 600; n += 10) {
    write(kept.store(), minute(n), {flow("10.0.0.11", minute(n), {1, 1, 1, 0, 0, 0})});
    settle(kept.store(), minute(n + 1).start);
  }
  const auto oldest = kept.store().figures().oldest_window;
  REQUIRE(oldest.has_value());
  const auto expected = (minute(600).start - *oldest) / std::chrono::minutes(10);
  const auto opened = [&] { return flows(kept.store(), minutes(0, 600))[0].connections.opened; };
  CHECK(opened() == static_cast<std::uint64_t>(expected));
  REQUIRE(static_cast<RocksStore&>(kept.store()).compact());
  CHECK(opened() == static_cast<std::uint64_t>(expected));
}
