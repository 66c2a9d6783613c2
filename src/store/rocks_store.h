// The Store on disk.
//
// What a batch says about a window is one write to RocksDB, all or nothing. The first write to a
// new window is forced to the disk, and with it all that came before: so a closed window outlives a
// power cut, and a kill loses nothing that was written.
//
// A window that was begun by an earlier process (the daemon was started anew within a minute), or
// into which the clock has gone back, is added to and not written over: what that process had seen
// of it stays true.
//
// The newest window of a question's span is found in the list of windows that were written, by
// where they lie and not by what is in them: a window in which no flow was seen counts too.
#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "store/database.h"
#include "store/folder.h"
#include "store/record_reader.h"
#include "store/sweep.h"
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
  [[nodiscard]] Result<FlowPage> flows(const FlowQuery& query) const override;
  [[nodiscard]] bool is_cursor(const std::string& text) const override;
  [[nodiscard]] Result<std::vector<Listener>> listeners(const Span& span) const override;
  [[nodiscard]] Result<std::vector<Coverage>> coverage(const Span& span) const override;
  Result<void> maintain(Time now) override;
  [[nodiscard]] StoreFigures figures() const override;
  [[nodiscard]] std::string instance() const override { return instance_; }

 private:
  explicit RocksStore(Keeping keeping) : keeping_(keeping) {}

  Result<void> take_up(Database database);
  Result<void> read_floor();
  Result<void> read_instance();
  [[nodiscard]] RecordReader reader() const { return {*db_, floor_, losses_}; }

  void begin_window(const Window& window);
  void put(rocksdb::WriteBatch& batch, const Flow& flow);
  void put(rocksdb::WriteBatch& batch, const Listener& listener);
  void remove(rocksdb::WriteBatch& batch, const FlowKey& flow);
  /// The record of the window as it was before this process first wrote it.
  std::optional<std::string> inherited(const std::string& key);

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
  std::optional<Window> window_;  ///< the one that is being written
  bool inherits_ = false;         ///< it was written by somebody before
  std::map<std::string, std::optional<std::string>> inherited_;
  std::optional<Folder> folder_;
  std::unique_ptr<Sweep> sweep_;
  Time swept_;  ///< where the floor was at the last sweep
};

}  // namespace ttq
