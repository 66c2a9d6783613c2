// Writes a window into the fine chunks: what a batch says, and nothing else.
//
// A window that was begun by an earlier process (the daemon was started anew within a minute), or
// into which the clock has gone back, is added to and not written over: what that process had seen
// of it stays true, and until when. One that is still being counted, by a collector that outlived
// the process that had the store, is told again as a whole: what was written of that count makes
// room for it, and what earlier ones have of the window is added again; for that it is carried on
// beside.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/chunk.h"
#include "store/keys.h"
#include "store/losses.h"
#include "store/slot.h"
#include "ttq/store.h"

namespace ttq {

class WindowWriter {
 public:
  /// Must outlive it.
  explicit WindowWriter(Losses& losses) : losses_(losses) {}
  /// REQUIRES: called before fill(). Where the same database is opened anew, nothing is forgotten.
  void write_to(rocksdb::DB& db) { db_ = &db; }

  [[nodiscard]] std::optional<Window> window() const {
    return slot_ ? std::optional(slot_->window) : std::nullopt;
  }
  /// Nothing of this window was written yet.
  [[nodiscard]] bool begins(const Window& window) const {
    return !is_written_ || !slot_ || slot_->window != window;
  }
  /// Fault: what is there cannot be read, so nothing may be written over it.
  Result<void> fill(rocksdb::WriteBatch& out, const WindowBatch& batch);
  /// What was filled in is in the database. Where this is not said it may be there or not, and all
  /// of it has to come again.
  void written() {
    first_.clear();
    is_written_ = true;
  }

 private:
  /// One series and what becomes of its row; null: it is removed.
  template <class Record>
  struct Edit {
    std::string series;
    const Record* record = nullptr;
  };

  using Edits = std::map<std::string, std::string>;

  Result<void> begin(const WindowBatch& batch);
  /// Whether this count was met before. Takes what was carried on with it, and has no use for what
  /// was carried on with another.
  Result<bool> resume(const WindowBatch& batch);
  /// What stood for the earlier process was seen until its last look, and not until ours.
  Result<void> inherit(RecordKind kind, const Slot& earlier);
  /// Only what was carried on is left of the window.
  Result<void> clear(RecordKind kind, const Window& window);
  /// Each chunk of the window's bucket that has a row of it.
  Result<void> for_each(
      RecordKind kind, const Window& window,
      const std::function<void(const std::string& key, std::vector<Row>& rows, Row& row)>& visit);
  template <class Record>
  Result<void> apply(rocksdb::WriteBatch& out, RecordKind kind, std::vector<Edit<Record>> edits);
  void put(rocksdb::WriteBatch& out, const std::string& key, std::string_view chunk,
           const std::optional<Row>& row);
  [[nodiscard]] std::optional<Row> with_inherited(const std::string& key,
                                                  const std::optional<Row>& row) const;

  rocksdb::DB* db_ = nullptr;
  Losses& losses_;
  std::optional<Slot> slot_;  ///< the window that is being written
  bool is_written_ = false;
  /// By key: the row as it was before this process first wrote it, as a chunk of one row.
  std::map<std::string, std::string> inherited_;
  /// What is written before anything of this window, until it is: values by keys; empty: deleted.
  Edits first_;
};

}  // namespace ttq
