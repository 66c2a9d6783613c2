// Every append, sync and rename of a store's life fails once, is torn, is dropped in silence, or is
// the moment at which the power goes. Whatever it was: the store opens again, holds what it must,
// and tells nothing that was never so.
#include <doctest/doctest.h>

#include <memory>

#include "store/fault_fs.h"
#include "store/oracle.h"
#include "store/rocks_store.h"
#include "store/scratch_dir.h"

using namespace ttq;
using namespace ttq::test;

namespace {

constexpr int windows = 8;
constexpr Keeping keeping{.full_resolution = std::chrono::hours(100'000),
                          .retention = std::chrono::hours(200'000)};

class Machine {
 public:
  Machine() = default;
  ~Machine() { store_.reset(); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  FaultFs& disk() { return *disk_; }
  Oracle& oracle() { return oracle_; }
  Store& store() { return *store_; }

  bool start() {
    auto opened = RocksStore::open(scratch_.path() / "store", keeping, &env_);
    if (opened) store_ = *std::move(opened);
    if (!opened) fault_ = opened.error().message;
    return opened.has_value();
  }
  [[nodiscard]] const std::string& fault() const { return fault_; }
  void crash() { store_.reset(); }
  void lose_power() {
    disk_->cut_power();
    crash();
    disk_->lose_power(scratch_.path());
  }

  /// As a daemon does: what could not be kept is handed over again with what is new.
  void live(int first, int last) {
    for (int n = first; n < last; ++n) {
      for (int state = 0; state < states; ++state) flush(n, state);
      if (n % 3 == 2) static_cast<void>(store_->compact());
      static_cast<void>(store_->maintain(look_of(n, states)));
    }
  }
  bool flush(int n, int state) {
    oracle_.handed(n, state);
    const bool is_kept = store_->write(window_in(n, state)).has_value();
    if (is_kept) oracle_.kept(n, state);
    return is_kept;
  }

 private:
  ScratchDir scratch_;
  std::shared_ptr<FaultFs> disk_ = std::make_shared<FaultFs>();
  FaultEnv env_{disk_};
  Oracle oracle_;
  std::unique_ptr<RocksStore> store_;
  std::string fault_;
};

/// How often the disk is asked for this in a life without faults.
int count_in_a_life(Operation operation) {
  Machine machine;
  REQUIRE(machine.start());
  machine.live(0, windows);
  machine.crash();
  return machine.disk().count(operation);
}

/// One fault, then the end by a kill or a power cut, and the start after that.
void check_life(Operation operation, Manner manner, int number, bool ends_by_power_cut) {
  Machine machine;
  machine.disk().arrange(operation, manner, number);
  if (!machine.start()) {
    if (manner == Manner::power) machine.lose_power();
    REQUIRE_MESSAGE(machine.start(), machine.fault());
  }
  machine.live(0, windows);
  if (manner == Manner::fail || manner == Manner::tear) {
    const bool writes_again = machine.flush(windows, 0) || machine.flush(windows, 1);
    CHECK_MESSAGE(writes_again, "it writes again after the fault");
  }
  if (ends_by_power_cut || manner == Manner::power) {
    machine.lose_power();
  } else {
    machine.oracle().nothing_was_lost();
    machine.crash();
  }
  if (manner == Manner::drop) machine.oracle().anything_may_be_lost();
  REQUIRE_MESSAGE(machine.start(), machine.fault());
  const auto complaint = machine.oracle().complaint(machine.store());
  CHECK_MESSAGE(complaint.empty(), complaint);
  CHECK_MESSAGE(machine.flush(windows + 1, 0), "it writes after the start");
}

void check_every(Operation operation, Manner manner) {
  const int count = count_in_a_life(operation);
  CHECK(count > 1);
  for (int number = 0; number < count; ++number) {
    CAPTURE(number);
    check_life(operation, manner, number, true);
    if (manner != Manner::power) check_life(operation, manner, number, false);
  }
}

}  // namespace

TEST_CASE("what was kept of a closed window outlives a power cut, and a kill loses nothing") {
  for (const bool by_power : {true, false}) {
    Machine machine;
    REQUIRE(machine.start());
    machine.live(0, windows);
    if (by_power) {
      machine.lose_power();
    } else {
      machine.oracle().nothing_was_lost();
      machine.crash();
    }
    REQUIRE(machine.start());
    CHECK(machine.oracle().complaint(machine.store()) == "");
  }
}

TEST_CASE("an append that fails costs nothing but what was not kept") {
  check_every(Operation::append, Manner::fail);
}

TEST_CASE("an append that is torn costs nothing but what was not kept") {
  check_every(Operation::append, Manner::tear);
}

TEST_CASE("an append that a disk dropped in silence makes no answer wrong") {
  check_every(Operation::append, Manner::drop);
}

TEST_CASE("the power may go at any append") { check_every(Operation::append, Manner::power); }

TEST_CASE("a sync that fails costs nothing but what was not kept") {
  check_every(Operation::sync, Manner::fail);
}

TEST_CASE("a sync that a disk dropped in silence makes no answer wrong") {
  check_every(Operation::sync, Manner::drop);
}

TEST_CASE("the power may go at any sync") { check_every(Operation::sync, Manner::power); }

TEST_CASE("a rename that fails, is dropped, or is where the power goes loses nothing") {
  for (const Manner manner : {Manner::fail, Manner::drop, Manner::power}) {
    check_every(Operation::rename, manner);
  }
}

TEST_CASE("what was dropped does not come back with a power cut, whenever it comes") {
  int dropped = 0;
  for (int number = 0; number < 8; ++number) {
    CAPTURE(number);
    ScratchDir scratch;
    const auto disk = std::make_shared<FaultFs>();
    FaultEnv env(disk);
    constexpr Keeping an_hour{.retention = std::chrono::hours(1)};
    auto store = RocksStore::open(scratch.path() / "store", an_hour, &env).value();
    for (const int n : {0, 100}) REQUIRE(store->write(window_in(n, 0)));
    disk->arrange(Operation::append, Manner::power, number);
    const auto is_told = [&] {
      return !store->flows({.span = minutes(0, 60)}).value().flows.empty();
    };
    for (int round = 0; round < 6 && is_told(); ++round) {
      static_cast<void>(store->maintain(minute(101).start));
    }
    const bool was_dropped = !is_told();
    if (was_dropped) ++dropped;
    disk->cut_power();
    store.reset();
    disk->lose_power(scratch.path());
    store = RocksStore::open(scratch.path() / "store", an_hour, &env).value();
    if (was_dropped) CHECK_FALSE(is_told());
  }
  CHECK(dropped > 0);
}
