// Sweeping: how what is below the floor leaves the disk.
//
// Nobody deletes it record by record. Answers stop at the floor at once, and each compaction leaves
// out what it meets below it. A Sweep compacts just that part of each kind which lies below, in a
// thread of its own, for the collector must not wait for the disk.
#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>

#include <atomic>
#include <thread>

#include "store/floor.h"

namespace ttq {

class FloorFilter final : public rocksdb::CompactionFilter {
 public:
  explicit FloorFilter(const Floor& floor) : floor_(floor) {}
  const char* Name() const override { return "ttq.floor"; }
  /// True for what is to be left out. Of a chunk that the floor cuts the rest is kept.
  bool Filter(int level, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string* rest,
              bool* is_cut) const override;

 private:
  const Floor& floor_;
};

class Sweep {
 public:
  Sweep(rocksdb::DB& db, Time floor);
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;
  /// Waits for the end; rocksdb::CancelAllBackgroundWork() hastens it.
  ~Sweep() { thread_.join(); }

  [[nodiscard]] bool done() const { return done_; }

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace ttq
