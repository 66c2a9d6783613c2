// Sweeping: how what is below the floor leaves the disk.
//
// Nobody deletes it record by record. Answers stop at the floor at once, and each compaction leaves
// out what it meets below it. A Sweep compacts everything, in a thread of its own, for the
// collector must not wait for the disk.
#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>

#include <atomic>
#include <thread>

#include "ttq/time.h"

namespace ttq {

/// A floor that one thread raises and many read.
class Floor {
 public:
  [[nodiscard]] Time get() const { return Time(Duration(milliseconds_.load())); }
  void set(Time floor) { milliseconds_ = floor.time_since_epoch().count(); }

 private:
  std::atomic<Duration::rep> milliseconds_{0};
};

class FloorFilter final : public rocksdb::CompactionFilter {
 public:
  explicit FloorFilter(const Floor& floor) : floor_(floor) {}
  const char* Name() const override { return "ttq.floor"; }
  /// True for what is to be left out.
  bool Filter(int level, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*,
              bool*) const override;

 private:
  const Floor& floor_;
};

class Sweep {
 public:
  explicit Sweep(rocksdb::DB& db);
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
