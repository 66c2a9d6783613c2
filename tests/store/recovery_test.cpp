// What the recovery of a store keeps, what it refuses to touch, and how it tells of it.
#include "store/recovery.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <map>

#include "store/both_stores.h"
#include "store/fault_fs.h"
#include "store/files.h"
#include "store/oracle.h"

using namespace ttq;
using namespace ttq::test;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

constexpr Keeping for_ever{.full_resolution = std::chrono::hours(100'000),
                           .retention = std::chrono::hours(200'000)};

/// One window in the middle of each of so many hours.
void write_hours(Store& store, int hours, int clients) {
  for (int n = 0; n < hours; ++n) {
    const Window window = minute(60 * n + 30);
    std::vector<Flow> seen;
    for (int client = 0; client < clients; ++client) {
      const auto ip = "10.0." + std::to_string(client / 250) + "." + std::to_string(client % 250);
      seen.push_back(flow(ip, window, {1, 1, 1, 0, 0, 0}));
      seen.back().owner =
          Owner::of(process("p" + std::to_string(client * 7919 % 1000), client + 2));
      seen.back().key.process = seen.back().owner.key();
    }
    write(store, window, seen);
  }
}

std::vector<int> hours_found(const Store& store, int hours, int clients) {
  std::vector<int> found;
  for (int n = 0; n < hours; ++n) {
    const auto seen = flows(store, minutes(60 * n, 60 * n + 60));
    const auto spans = store.coverage(minutes(60 * n, 60 * n + 60)).value();
    CHECK(seen.empty() == spans.empty());
    CHECK((seen.empty() || seen.size() == static_cast<std::size_t>(clients)));
    if (!seen.empty()) found.push_back(n);
  }
  return found;
}

void flip(const fs::path& file, std::uintmax_t position) {
  std::string bytes = contents(file);
  bytes.at(position) = static_cast<char>(bytes.at(position) ^ 1);
  std::ofstream(file, std::ios::binary) << bytes;
}

std::vector<std::string> set_aside(const fs::path& dir) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir)) {
    const auto name = entry.path().filename().string();
    if (name.rfind("db.corrupt-", 0) == 0) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

void wreck(OnDisk& kept) {
  kept.close();
  for (const char* part : {"MANIFEST", "CURRENT"}) {
    for (const auto& file : files_like(kept.database(), part)) std::ofstream(file) << "garbage\n";
  }
}

/// As it was before the database had a directory of its own.
void lay_out_as_before(const fs::path& dir) {
  for (const auto& entry : fs::directory_iterator(dir / "db")) {
    fs::rename(entry.path(), dir / entry.path().filename());
  }
  fs::remove(dir / "db");
}

}  // namespace

TEST_CASE("one damaged block costs an hour, and the store that reads it goes on with the others") {
  constexpr int hours = 12;
  constexpr int clients = 600;
  OnDisk kept(for_ever);
  write_hours(kept.store(), hours, clients);
  REQUIRE(static_cast<RocksStore&>(kept.store()).compact());
  kept.close();
  const auto tables = files_like(kept.database(), ".sst");
  REQUIRE(tables.size() == 1);
  flip(tables.front(), fs::file_size(tables.front()) / 2);
  kept.open();
  CHECK_FALSE(kept.store().flows({.span = minutes(0, 60 * hours)}).has_value());
  CHECK(kept.store().mishaps().empty());
  write(kept.store(), minute(60 * hours), {flow("10.0.0.1", minute(60 * hours), {})});
  const auto found = hours_found(kept.store(), hours, clients);
  CHECK(found.size() >= hours - 2);
  CHECK(found.size() < hours);
  CHECK(flows(kept.store(), minutes(60 * hours, 60 * hours + 1)).size() == 1);
  REQUIRE(kept.store().mishaps().size() == 1);
  REQUIRE(set_aside(kept.dir()).size() == 1);
  CHECK(contains(kept.store().mishaps().front(), set_aside(kept.dir()).front()));
  kept.reopen();
  CHECK(hours_found(kept.store(), hours, clients) == found);
  CHECK(kept.store().mishaps().size() == 1);
}

TEST_CASE("hours that were folded and damaged are lost with their coverage, and no others") {
  constexpr int days = 30;
  OnDisk kept(Keeping{.full_resolution = 1h, .retention = 24h * 1000});
  for (int n = 0; n < days; ++n) {
    std::vector<Flow> seen;
    const Window window{minute(0).start + n * 24h, 1h};
    for (int client = 0; client < 800; ++client) {
      const auto ip = "10.0." + std::to_string(client / 250) + "." + std::to_string(client % 250);
      seen.push_back(flow(ip, window, {1, 1, static_cast<unsigned>(client * n), 0, 0, 0}));
    }
    write(kept.store(), window, seen);
    for (int piece = 0; piece < 4; ++piece) REQUIRE(kept.store().maintain(window.start + 24h));
  }
  REQUIRE(static_cast<RocksStore&>(kept.store()).compact());
  const auto days_found = [&] {
    int found = 0;
    for (int n = 0; n < days; ++n) {
      const Span day{minute(0).start + n * 24h, minute(0).start + (n + 1) * 24h};
      const auto seen = flows(kept.store(), day);
      CHECK((seen.empty() || seen.size() == 800));
      CHECK(seen.empty() == kept.store().coverage(day).value().empty());
      if (!seen.empty()) ++found;
    }
    return found;
  };
  REQUIRE(days_found() == days);
  kept.close();
  const auto tables = files_like(kept.database(), ".sst");
  REQUIRE_FALSE(tables.empty());
  flip(tables.back(), fs::file_size(tables.back()) / 2);
  kept.open();
  CHECK_FALSE(kept.store().flows({.span = minutes(0, days * 1440)}).has_value());
  write(kept.store(), {minute(0).start + days * 24h}, {});
  CHECK(days_found() >= days - 16);  // two buckets of eight days, at most
  CHECK(days_found() < days);
}

TEST_CASE("a store of which nothing can be read begins anew, and nothing of it is deleted") {
  OnDisk kept(for_ever);
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {})});
  wreck(kept);
  const auto before = all_files(kept.database());
  kept.open();
  CHECK(flows(kept.store(), minutes(0, 60)).empty());
  CHECK(kept.store().coverage(minutes(0, 60)).value().empty());
  const auto names = set_aside(kept.dir());
  REQUIRE(names.size() == 1);
  CHECK(all_files(kept.dir() / names.front()) == before);
  write(kept.store(), minute(8), {flow("10.0.0.11", minute(8), {})});
  kept.reopen();
  CHECK(flows(kept.store(), minutes(0, 60)).size() == 1);
}

TEST_CASE("the two newest of the databases that were set aside are kept") {
  OnDisk kept(for_ever);
  for (int n = 0; n < 4; ++n) {
    write(kept.store(), minute(n), {});
    wreck(kept);
    kept.open();
  }
  CHECK(set_aside(kept.dir()).size() == 2);
  CHECK(kept.store().mishaps().size() == 2);
}

TEST_CASE("what was set aside counts towards the size, and goes before any window does") {
  OnDisk kept(Keeping{.max_bytes = 2 << 20});
  write_hours(kept.store(), 20, 300);
  wreck(kept);
  kept.open();
  const auto aside = kept.store().figures().bytes;
  CHECK(aside > 100'000);
  const fs::path ballast = kept.dir() / set_aside(kept.dir()).front() / "000099.sst";
  std::ofstream(ballast, std::ios::binary) << std::string(2 << 20, 'x');
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {})});
  write(kept.store(), minute(70), {flow("10.0.0.11", minute(70), {})});
  REQUIRE(kept.store().maintain(minute(71).start));
  CHECK(set_aside(kept.dir()).empty());
  CHECK(kept.store().mishaps().empty());
  CHECK(kept.store().figures().bytes < (2 << 20));
  CHECK(flows(kept.store(), minutes(0, 60)).size() == 1);
}

TEST_CASE("a rescue that a kill interrupted leaves nothing behind, or goes on") {
  OnDisk kept(for_ever);
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {})});
  kept.close();
  fs::create_directory(kept.dir() / "db.rescue");
  fs::copy(kept.database(), kept.dir() / "db.rescue" / "links", fs::copy_options::recursive);
  kept.reopen();
  CHECK_FALSE(fs::exists(kept.dir() / "db.rescue"));
  kept.close();
  fs::rename(kept.database(), kept.dir() / "db.rescued");  // and the other is set aside already
  kept.open();
  CHECK(flows(kept.store(), minutes(0, 60)).size() == 1);
  CHECK_FALSE(fs::exists(kept.dir() / "db.rescued"));
}

TEST_CASE("a store of the layout before is taken over whole, also after a kill in the middle") {
  OnDisk kept(for_ever);
  const Flow seen = flow("10.0.0.11", minute(7), {1, 2, 3, 4, 5, 6});
  write(kept.store(), minute(7), {seen});
  const std::string instance = kept.store().instance();
  for (const bool is_interrupted : {false, true}) {
    kept.close();
    lay_out_as_before(kept.dir());
    std::ofstream(kept.dir() / "note.txt") << "not ours";
    if (is_interrupted) {
      fs::create_directory(kept.dir() / "db.moving");
      fs::rename(kept.dir() / "CURRENT", kept.dir() / "db.moving" / "CURRENT");
    }
    kept.open();
    CHECK(flows(kept.store(), minutes(0, 60)) == std::vector{seen});
    CHECK(kept.store().instance() == instance);
    CHECK(fs::exists(kept.dir() / "note.txt"));
    CHECK_FALSE(fs::exists(kept.dir() / "CURRENT"));
    CHECK(kept.store().mishaps().empty());
  }
}

TEST_CASE("a damaged store of another schema is refused as well, and not recovered") {
  OnDisk kept(for_ever);
  write(kept.store(), minute(7), {});
  REQUIRE(static_cast<RocksStore&>(kept.store()).compact());
  kept.close();
  const std::string key = meta_key("schema");
  REQUIRE(raw(kept.database())->Put({}, key, encode_meta(key, "4")).ok());
  fs::remove(kept.database() / "CURRENT");
  const auto before = all_files(kept.database());
  CHECK(contains(fault_of_opening(kept.dir()), "a newer ttracerd"));
  CHECK(all_files(kept.database()) == before);
  CHECK(set_aside(kept.dir()).empty());
}

TEST_CASE("a disk that gives an error as the store opens is refused, and the store left alone") {
  OnDisk kept(for_ever);
  write(kept.store(), minute(7), {flow("10.0.0.11", minute(7), {})});
  REQUIRE(static_cast<RocksStore&>(kept.store()).compact());
  kept.close();
  const auto disk = std::make_shared<FaultFs>();
  FaultEnv env(disk);
  int refused = 0;
  for (int number = 0; number < 30; ++number) {
    disk->arrange(Operation::read, Manner::fail, number);
    const auto store = RocksStore::open(kept.dir(), for_ever, &env);
    if (!store) ++refused;
    CHECK(set_aside(kept.dir()).empty());
  }
  CHECK(refused > 0);
  kept.open();
  CHECK(flows(kept.store(), minutes(0, 60)).size() == 1);
}

TEST_CASE("a table that may not be read is refused, and the store left alone") {
  if (::geteuid() == 0) {
    MESSAGE("skipped: root may read everything");
    return;
  }
  OnDisk kept(for_ever);
  write(kept.store(), minute(7), {});
  REQUIRE(static_cast<RocksStore&>(kept.store()).compact());
  kept.close();
  REQUIRE(::chmod((kept.database() / "CURRENT").c_str(), 0) == 0);
  CHECK(contains(fault_of_opening(kept.dir()), "Permission denied"));
  CHECK(set_aside(kept.dir()).empty());
}

TEST_CASE("what cannot be read is not written over") {
  const auto disk = std::make_shared<FaultFs>();
  FaultEnv env(disk);
  constexpr int clients = 600;  // several blocks, which are not all read for another reason
  for (int number = 0; number < 12; ++number) {
    CAPTURE(number);
    ScratchDir scratch;
    Oracle oracle(clients);
    auto store = RocksStore::open(scratch.path(), for_ever, &env).value();
    const auto flush = [&](int n, int state) {
      oracle.handed(n, state);
      if (store->write(window_in(n, state, clients))) oracle.kept(n, state);
    };
    for (int n = 0; n < 4; ++n) flush(n, 1);
    REQUIRE(store->compact());
    store.reset();  // nothing is remembered of its blocks
    store = RocksStore::open(scratch.path(), for_ever, &env).value();
    disk->arrange(Operation::read, Manner::fail, number);
    for (int n = 4; n < 6; ++n) {
      for (int state = 0; state < states; ++state) flush(n, state);
    }
    disk->arrange(Operation::read, Manner::fail, 1'000'000);
    oracle.nothing_was_lost();
    CHECK(oracle.complaint(*store) == "");
  }
}

TEST_CASE("while somebody reads, a database that failed is not opened anew") {
  const auto disk = std::make_shared<FaultFs>();
  FaultEnv env(disk);
  ScratchDir scratch;
  auto store = RocksStore::open(scratch.path(), for_ever, &env).value();
  write(*store, minute(1), {flow("10.0.0.11", minute(1), {}), flow("10.0.0.12", minute(1), {})});
  auto reader = store->read_flows({.span = minutes(0, 60)}).value();
  disk->arrange(Operation::append, Manner::tear, 0);
  CHECK_FALSE(store->write({.window = minute(2), .coverage = watched(minute(2))}));
  CHECK_FALSE(store->write({.window = minute(2), .coverage = watched(minute(2))}));
  CHECK(store->mishaps().size() == 1);
  int read = 0;
  while (reader->read().value() != nullptr) ++read;
  CHECK(read == 2);
  reader.reset();
  CHECK(store->write({.window = minute(2), .coverage = watched(minute(2))}));
  CHECK(store->mishaps().empty());
  CHECK(flows(*store, minutes(0, 60)).size() == 2);
  CHECK(store->coverage(minutes(0, 60)).value().size() == 1);
}

TEST_CASE("of the window in which a store is recovered no more is kept, and the next is whole") {
  OnDisk kept(for_ever);
  write_hours(kept.store(), 6, 300);
  REQUIRE(static_cast<RocksStore&>(kept.store()).compact());
  Oracle oracle;
  constexpr int open_window = 6 * 60;
  const auto flush = [&](int n, int state) {
    oracle.handed(n, state);
    const bool is_kept = kept.store().write(window_in(n, state)).has_value();
    if (is_kept) oracle.kept(n, state);
    return is_kept;
  };
  REQUIRE(flush(open_window, 0));
  const auto tables = files_like(kept.database(), ".sst");
  REQUIRE(tables.size() == 1);
  flip(tables.front(), fs::file_size(tables.front()) / 2);
  REQUIRE_FALSE(kept.store().flows({.span = minutes(0, open_window)}).has_value());
  CHECK_FALSE(flush(open_window, 1));
  CHECK(set_aside(kept.dir()).size() == 1);
  CHECK(flush(open_window + 1, 0));
  CHECK(flush(open_window + 1, 1));
  CHECK(oracle.complaint(kept.store()) == "");
  CHECK(hours_found(kept.store(), 6, 300).size() >= 4);
}
