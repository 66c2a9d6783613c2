// The Store on disk.
//
// What a batch says about a window is one write to RocksDB, all or nothing. The first write to a
// new window is forced to the disk, and with it all that came before; and so is one that comes ten
// seconds of looks after the last that was. So a closed window outlives a power cut, of the open
// one ten seconds and a flush may be lost, and a kill loses nothing that was written. Whoever reads
// does not wait for the disk meanwhile. A flush in which nothing changed writes one record: when
// the window was looked at last.
//
// Where RocksDB has failed and does not go on by itself, the database is closed and opened anew,
// with all that recovery.h can do, at the next write at which nobody reads. Until then answers are
// what they were, and writes are refused; so they are while there is no room on the disk (room.h).
//
// The rooms: calendar.h says which windows there are, chunk.h what is in them; window_writer.h
// writes the open window, roller.h makes hours of those that are closed, series_scan.h reads, and
// sweep.h takes out what is past. place.h and recovery.h open the database, and mishaps.h tells
// what came of that.
#pragma once

#include <filesystem>
#include <memory>

#include "store/calendar.h"
#include "store/floor.h"
#include "store/mishaps.h"
#include "store/place.h"
#include "store/readers.h"
#include "store/recovery.h"
#include "store/roller.h"
#include "store/room.h"
#include "store/sweep.h"
#include "store/window_writer.h"
#include "ttq/store.h"

namespace ttq {

class RocksStore final : public Store {
 public:
  /// Makes the directory (0750) where there is none. A Fault is one line that says what to do.
  /// `env`, which must outlive the store, is where RocksDB reads and writes its files.
  static Result<std::unique_ptr<RocksStore>> open(const std::filesystem::path& dir, Keeping keeping,
                                                  rocksdb::Env* env = rocksdb::Env::Default());
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
  [[nodiscard]] std::vector<std::string> mishaps() const override { return mishaps_.sentences(); }

  /// Compacts all of it, and waits: for measurements, which want to know what is kept in the end.
  Result<void> compact();

 private:
  RocksStore(Place place, Keeping keeping, rocksdb::Env* env)
      : place_(std::move(place)), keeping_(keeping), env_(env) {}

  Result<void> open_anew(bool is_suspect);
  Result<void> take_up(Database database);
  void note_set_aside();
  void close();
  Result<void> heal();
  Result<void> read_floor();
  Result<void> read_instance();
  [[nodiscard]] Calendar calendar() const { return {*db_, nullptr, floor_.get(), losses_}; }

  Result<void> fill(rocksdb::WriteBatch& out, const WindowBatch& batch);
  Result<void> keep(const WindowBatch& batch);
  Result<void> apply(rocksdb::WriteBatch& batch, bool sync);
  [[nodiscard]] bool is_sync_due(const WindowBatch& batch) const;

  Result<void> fold_and_drop(Time now);
  Result<void> drop_past(Time now);
  Result<void> drop_excess();
  Result<void> set_floor(Time floor);
  void sweep();

  const Place place_;
  const Keeping keeping_;
  rocksdb::Env* const env_;
  std::string instance_;
  Floor floor_;
  const FloorFilter filter_{floor_};
  mutable Losses losses_;
  mutable Readers readers_;
  Mishaps mishaps_;
  std::unique_ptr<rocksdb::DB> db_;  ///< null only while `readers_` are shut out

  // The writing thread's alone.
  WindowWriter writer_{losses_};
  std::optional<Roller> roller_;
  std::unique_ptr<Sweep> sweep_;
  Time swept_;  ///< where the floor was at the last sweep
  Room room_;
  bool is_broken_ = false;             ///< RocksDB does not go on by itself
  int recoveries_ = 0;                 ///< since the store was opened
  std::optional<Window> interrupted_;  ///< in which a recovery may have lost what was written
  Time synced_;                        ///< the last look of what was forced to the disk
};

}  // namespace ttq
