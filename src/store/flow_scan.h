// The answers: flows and listeners of a span, read from the database.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/floor.h"
#include "store/series_scan.h"
#include "ttq/store.h"

namespace ttq {

class FlowScan final : public FlowReader {
 public:
  /// As the flows are now; db and losses must outlive it. It begins after the series `after`.
  static Result<std::unique_ptr<FlowScan>> open(rocksdb::DB& db, Time floor, Losses& losses,
                                                const FlowQuery& query, std::string_view after);

  Result<const Flow*> read() override;
  [[nodiscard]] std::optional<std::string> next_page() const override { return next_page_; }
  [[nodiscard]] std::string cursor() const override;

 private:
  FlowScan(rocksdb::DB& db, const rocksdb::Snapshot* snapshot, Losses& losses, const Frame& frame,
           FlowQuery query, std::string_view after)
      : query_(std::move(query)), scan_(db, snapshot, losses, flow_chunks, frame, after) {}

  /// The series' flow, in `flow_`; false: it is not asked for.
  bool take(const FlowKey& key);
  bool take_owner(std::string_view bytes, const ProcessKey& key);

  FlowQuery query_;
  SeriesScan scan_;
  Flow flow_;
  std::string owner_;   ///< the bytes that `flow_.owner` was read from
  std::string series_;  ///< of `flow_`
  std::size_t given_ = 0;
  std::optional<std::string> next_page_;
};

/// Those after the series `after`, and no more than `limit`.
Result<ListenerPage> scan_listeners(rocksdb::DB& db, Time floor, Losses& losses, const Span& span,
                                    std::size_t limit, std::string_view after);

/// What `read(floor)` gives, where the floor stayed while it opened what it reads from: a
/// compaction may leave out what is below a higher one at any time.
template <class Read>
auto read_at_one_floor(const Floor& floor, Read read) {
  for (;;) {
    const Time before = floor.get();
    auto result = read(before);
    if (floor.get() == before) return result;
  }
}

}  // namespace ttq
