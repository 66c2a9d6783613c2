// Reads along as RocksDB replays its log, and stops where a record is missing.
//
// RocksDB sees a record that was damaged, and not one that never reached the disk while its
// neighbours did. The records are numbered: each begins with the number of its first entry (eight
// bytes, little-endian, since the first version; write_batch.cc), and holds so many of them.
#pragma once

#include <rocksdb/wal_filter.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <optional>
#include <string>

namespace ttq {

class LogGuard final : public rocksdb::WalFilter {
 public:
  const char* Name() const override { return "ttq.log_guard"; }
  WalProcessingOption LogRecordFound(unsigned long long /*log*/, const std::string& /*name*/,
                                     const rocksdb::WriteBatch& batch,
                                     rocksdb::WriteBatch* /*new_batch*/,
                                     bool* /*is_changed*/) override {
    const std::string& bytes = batch.Data();
    std::uint64_t first = 0;
    for (unsigned n = 0; n < sizeof first; ++n) {
      first |= std::uint64_t{static_cast<unsigned char>(bytes.at(n))} << (8 * n);
    }
    has_gap_ = has_gap_ || (next_ && first > *next_);
    if (has_gap_) return WalProcessingOption::kStopReplay;
    next_ = first + batch.Count();
    return WalProcessingOption::kContinueProcessing;
  }
  [[nodiscard]] bool has_gap() const { return has_gap_; }

 private:
  std::optional<std::uint64_t> next_;
  bool has_gap_ = false;
};

}  // namespace ttq
