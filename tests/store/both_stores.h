// The two stores under one name each, so that a contract is tested against both:
//   TEST_CASE_TEMPLATE("a claim", Kept, BOTH_STORES) { Kept kept; kept.store().write(...); }
#pragma once

#include <chrono>
#include <memory>
#include <thread>

#include "store/memory_store.h"
#include "store/records.h"
#include "store/rocks_store.h"
#include "store/scratch_dir.h"

namespace ttq::test {

class InMemory {
 public:
  explicit InMemory(Keeping keeping = {}) : store_(keeping) {}
  Store& store() { return store_; }

 private:
  MemoryStore store_;
};

class OnDisk {
 public:
  explicit OnDisk(Keeping keeping = {}) : keeping_(keeping) { open(); }
  Store& store() { return *store_; }
  [[nodiscard]] std::filesystem::path dir() const { return scratch_.path() / "store"; }
  [[nodiscard]] std::filesystem::path database() const { return dir() / "db"; }
  void close() { store_.reset(); }
  void open() { store_ = std::move(RocksStore::open(dir(), keeping_)).value(); }
  void reopen() {
    close();
    open();
  }

 private:
  ScratchDir scratch_;
  Keeping keeping_;
  std::unique_ptr<RocksStore> store_;
};

#define BOTH_STORES ttq::test::InMemory, ttq::test::OnDisk

inline void write(Store& store, const Window& window, std::vector<Flow> flows,
                  std::vector<FlowKey> removed = {}) {
  auto written = store.write({.window = window,
                              .flows = std::move(flows),
                              .removed = std::move(removed),
                              .coverage = watched(window)});
  if (!written) throw std::runtime_error(written.error().message);
}

inline std::vector<Flow> flows(const Store& store, const Span& span) {
  return store.flows({.span = span}).value().flows;
}

/// Lets the store do what is due, in its bounded pieces, and until `done` says so: some of it waits
/// for the disk.
template <class Done>
void settle(Store& store, Time now, Done done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (int round = 0; round < 10 || !done(); ++round) {
    auto maintained = store.maintain(now);
    if (!maintained) throw std::runtime_error(maintained.error().message);
    if (std::chrono::steady_clock::now() > deadline) return;
    if (round >= 10) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

inline void settle(Store& store, Time now) {
  settle(store, now, [] { return true; });
}

}  // namespace ttq::test
