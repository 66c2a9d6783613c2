// Reads the chunks of a frame, series by series: the buckets side by side, each from end to end,
// and what they say of one series added up.
//
// A corrupt chunk is left out and counted. What RocksDB itself cannot read ends the scan: ask
// fault() after it.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <vector>

#include "store/calendar.h"
#include "store/keys.h"
#include "store/losses.h"
#include "store/tally.h"

namespace ttq {

class SeriesScan {
 public:
  /// All of them must outlive it. It begins after the series `after`; "" is before all.
  SeriesScan(rocksdb::DB& db, const rocksdb::Snapshot* snapshot, Losses& losses,
             const ChunkKinds& kinds, const Frame& frame, std::string_view after);

  /// Goes to the next series that has a chunk. False: there is none.
  bool next();
  /// REQUIRES: next() said true; so for the rest. Good until next() is called.
  [[nodiscard]] std::string_view series() const { return series_; }
  /// Its rows in the frame; empty where there are none. Good until next() is called.
  Tally add_up();

  void count_loss() { losses_.count(series_); }
  [[nodiscard]] Result<void> fault() const;

 private:
  /// One bucket.
  struct Source {
    RecordKind kind;
    Time bucket;
    std::vector<Slot> slots;
    std::string bound;  ///< after all of its keys
    rocksdb::Slice upper_bound;
    std::unique_ptr<rocksdb::Iterator> at;
    std::string_view series;  ///< where it is; empty: at its end
  };

  void add_sources(RecordKind kind, const std::vector<Slot>& slots);
  void open(Source& source, std::string_view after);
  void settle(Source& source);
  bool add(const Source& source, Tally& tally);

  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
  Losses& losses_;
  Window newest_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::string series_;
};

}  // namespace ttq
