// A disk of 16 MiB that is full: the store stops writing, goes on serving, and writes again when
// there is room. The disk is a tmpfs in a mount namespace of this program's own.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "store/both_stores.h"
#include "store/files.h"
#include "store/room.h"

using namespace ttq;
using namespace ttq::test;

namespace fs = std::filesystem;

namespace {

fs::path disk;

std::uintmax_t free_bytes() {
  struct statvfs status {};
  REQUIRE(::statvfs(disk.c_str(), &status) == 0);
  return status.f_bavail * status.f_frsize;
}

/// A file of somebody else's that leaves so much of the disk.
class Ballast {
 public:
  explicit Ballast(std::uintmax_t left) {
    std::ofstream out(file_, std::ios::binary);
    const std::string block(4096, 'x');
    while (free_bytes() >= left + block.size() && out.write(block.data(), 4096).flush()) {
    }
  }
  ~Ballast() { drop(); }
  Ballast(const Ballast&) = delete;
  Ballast& operator=(const Ballast&) = delete;
  void drop() const { fs::remove(file_); }

 private:
  fs::path file_ = disk / "ballast";
};

class OnSmallDisk {
 public:
  OnSmallDisk() { open(); }
  ~OnSmallDisk() {
    store_.reset();
    fs::remove_all(dir());
  }
  OnSmallDisk(const OnSmallDisk&) = delete;
  OnSmallDisk& operator=(const OnSmallDisk&) = delete;

  [[nodiscard]] fs::path dir() const { return disk / "store"; }
  Store& store() { return *store_; }
  void close() { store_.reset(); }
  void open() {
    auto opened = RocksStore::open(dir(), {});
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    store_ = *std::move(opened);
  }

  /// Window `n` with so many flows; whether it was kept.
  bool flush(int n, int clients) {
    WindowBatch batch{.window = minute(n), .coverage = watched(minute(n))};
    for (int client = 0; client < clients; ++client) {
      const auto ip = "10.0." + std::to_string(client / 250) + "." + std::to_string(client % 250);
      const auto opened = static_cast<std::uint64_t>(client * 7919 + n);
      batch.flows.push_back(flow(ip, minute(n), {1, 1, opened, 0, 0, 0}));
    }
    const auto kept = store_->write(batch);
    if (kept) kept_[n] = clients;
    fault_ = kept ? "" : kept.error().message;
    return kept.has_value();
  }
  /// The same once there is room. A flush of RocksDB's own that failed before is told by the next
  /// write, whenever that is: so it may take another one.
  bool flush_again(int n, int clients) {
    return flush(n, clients) || flush(n, clients) || flush(n, clients);
  }
  [[nodiscard]] const std::string& fault() const { return fault_; }
  [[nodiscard]] std::size_t windows_kept() const { return kept_.size(); }

  /// Each window that was kept is there, and no other.
  void check_answers() const {
    for (int n = 0; n < 60; ++n) {
      CAPTURE(n);
      const auto found = kept_.find(n);
      const auto expected = found == kept_.end() ? 0U : static_cast<std::size_t>(found->second);
      const auto page = store_->flows({.span = minutes(n, n + 1), .limit = 100'000});
      CHECK(page.value().flows.size() == expected);
    }
  }

 private:
  std::unique_ptr<RocksStore> store_;
  std::map<int, int> kept_;
  std::string fault_;
};

/// A user who is not root is root in a user namespace, and may mount there.
bool mount_disk(const fs::path& where) {
  const int spaces = CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER);
  return ::unshare(spaces) == 0 &&
         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", where.c_str(), "tmpfs", 0, "size=16m") == 0;
}

}  // namespace

TEST_CASE("what must stay free is 64 MiB, and a twentieth of a small disk") {
  CHECK(free_floor(1ULL << 40) == 64ULL << 20);
  CHECK(free_floor(16 << 20) == (16 << 20) / 20);
  Room room;
  const std::uint64_t size = 1ULL << 40;
  CHECK(room.check(size, 64ULL << 20));
  CHECK_FALSE(room.check(size, (64ULL << 20) - 1));
  CHECK_FALSE(room.check(size, 79ULL << 20));  // a quarter more, once it was short
  CHECK(room.check(size, 80ULL << 20));
  CHECK(room.check(size, 64ULL << 20));
}

TEST_CASE("below the floor nothing is written, everything is answered, and it resumes by itself") {
  OnSmallDisk kept;
  REQUIRE(kept.flush(0, 10));
  const Ballast ballast(600 << 10);
  const auto before = free_bytes();
  CHECK_FALSE(kept.flush(1, 10));
  CHECK(kept.fault().find("nothing is kept until") != std::string::npos);
  CHECK(free_bytes() == before);
  kept.check_answers();
  CHECK(kept.store().maintain(minute(2).start));
  REQUIRE(kept.store().mishaps().size() == 1);
  CHECK(kept.store().mishaps().front().find("disk of the store is nearly full") !=
        std::string::npos);
  ballast.drop();
  CHECK_MESSAGE(kept.flush_again(2, 10), kept.fault());
  CHECK(kept.store().mishaps().empty());
  kept.check_answers();
}

TEST_CASE("a disk that fills up in the middle of a write loses nothing that was kept") {
  OnSmallDisk kept;
  REQUIRE(kept.flush(0, 10));
  const Ballast ballast(900 << 10);  // above the floor, and less than is to be written
  CHECK_FALSE(kept.flush(1, 25'000));
  CHECK(kept.fault().find("No space left") != std::string::npos);
  kept.check_answers();
  CHECK(kept.store().mishaps().size() == 1);
  ballast.drop();
  CHECK_MESSAGE(kept.flush_again(2, 10), kept.fault());
  CHECK(kept.flush(3, 25'000));
  kept.check_answers();
  kept.close();
  kept.open();
  kept.check_answers();
}

TEST_CASE("a store that writes until the disk is full goes on when it is not") {
  OnSmallDisk kept;
  // The log alone needs that much before anything of it is put into tables, and made small.
  const Ballast ballast(2560 << 10);
  int n = 0;
  while (n < 50 && kept.flush(n, 1'500)) ++n;
  CHECK(n > 0);
  CHECK(n < 50);
  kept.check_answers();
  ballast.drop();
  CHECK_MESSAGE(kept.flush_again(n, 1'500), kept.fault());
  kept.check_answers();
  kept.close();
  kept.open();
  kept.check_answers();
  CHECK(kept.store().figures().corrupt_records == 0);
}

TEST_CASE("a store that is opened on a full disk answers, and writes when there is room") {
  OnSmallDisk kept;
  REQUIRE(kept.flush(0, 1'000));
  kept.close();
  const Ballast ballast(0);
  REQUIRE(free_bytes() < 4096);
  kept.open();
  kept.check_answers();
  CHECK_FALSE(kept.flush(1, 10));
  kept.check_answers();
  ballast.drop();
  CHECK_MESSAGE(kept.flush_again(2, 10), kept.fault());
  kept.check_answers();
}

int main(int argc, char** argv) {
  const ScratchDir scratch;
  disk = scratch.path();
  if (!mount_disk(disk)) {
    std::fprintf(stderr, "skipped: no mount namespace here: %s\n", std::strerror(errno));
    return 77;
  }
  const int result = doctest::Context(argc, argv).run();
  ::umount(disk.c_str());
  return result;
}
