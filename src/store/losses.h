// What readers met that they could not read: corrupt records, which are counted, and blocks of
// which RocksDB itself says that they are damaged. The first of each is told to the log.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "ttq/result.h"

namespace rocksdb {
class Status;
}

namespace ttq {

class Losses {
 public:
  void count(std::string_view key);
  [[nodiscard]] std::uint64_t get() const { return count_; }

  /// What RocksDB says after reading.
  Result<void> check(const rocksdb::Status& status);
  /// Whether it spoke of damage, since forget_damage().
  [[nodiscard]] bool met_damage() const { return met_damage_; }
  void forget_damage() { met_damage_ = false; }

 private:
  std::atomic<std::uint64_t> count_{0};
  std::atomic<bool> met_damage_{false};
};

}  // namespace ttq
