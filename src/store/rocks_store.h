// The Store on disk.
//
// What a batch says about a window is one write to RocksDB, all or nothing. The first write to a
// new window is forced to the disk, and with it all that came before: so a closed window outlives a
// power cut, and a kill loses nothing that was written. A flush in which nothing changed writes one
// record: when the window was looked at last.
//
// The rooms: calendar.h says which windows there are, chunk.h what is in them; window_writer.h
// writes the open window, roller.h makes hours of those that are closed, series_scan.h reads, and
// sweep.h takes out what is past.
#pragma once

#include <filesystem>
#include <memory>

#include "store/calendar.h"
#include "store/database.h"
#include "store/floor.h"
#include "store/roller.h"
#include "store/sweep.h"
#include "store/window_writer.h"
#include "ttq/store.h"

namespace ttq {

class RocksStore final : public Store {
 public:
  /// Makes the directory (0750) where there is none. A Fault is one line that says what to do.
  static Result<std::unique_ptr<RocksStore>> open(const std::filesystem::path& dir,
                                                  Keeping keeping);
  ~RocksStore() override;
  RocksStore(const RocksStore&) = delete;
  RocksStore& operator=(const RocksStore&) = delete;

  Result<void> write(const WindowBatch& batch) override;
  [[nodiscard]] Result<std::unique_ptr<FlowReader>> read_flows(
      const FlowQuery& query) const override;
  [[nodiscard]] bool is_cursor(const std::string& text) const override;
  [[nodiscard]] Result<ListenerPage> listener_page(
      const Span& span, std::size_t limit, const std::optional<std::string>& cursor) const override;
  [[nodiscard]] Result<std::vector<Coverage>> coverage(const Span& span) const override;
  Result<void> maintain(Time now) override;
  [[nodiscard]] StoreFigures figures() const override;
  [[nodiscard]] std::string instance() const override { return instance_; }

  /// Compacts all of it, and waits: for measurements, which want to know what is kept in the end.
  Result<void> compact();

 private:
  explicit RocksStore(Keeping keeping) : keeping_(keeping) {}

  Result<void> take_up(Database database);
  Result<void> read_floor();
  Result<void> read_instance();
  [[nodiscard]] Calendar calendar() const { return {*db_, nullptr, floor_.get(), losses_}; }

  Result<void> drop_past(Time now);
  Result<void> drop_excess();
  Result<void> set_floor(Time floor);
  void sweep();

  const Keeping keeping_;
  std::string instance_;
  Floor floor_;
  const FloorFilter filter_{floor_};
  mutable Losses losses_;
  UniqueFd lock_;
  std::unique_ptr<rocksdb::DB> db_;

  // The writing thread's alone.
  std::optional<WindowWriter> writer_;
  std::optional<Roller> roller_;
  std::unique_ptr<Sweep> sweep_;
  Time swept_;  ///< where the floor was at the last sweep
};

}  // namespace ttq
