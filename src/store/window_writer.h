// Writes a window into the fine chunks: what a batch says, and nothing else.
//
// A window that was begun by an earlier process (the daemon was started anew within a minute), or
// into which the clock has gone back, is added to and not written over: what that process had seen
// of it stays true, and until when.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

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
  /// Both must outlive it.
  WindowWriter(rocksdb::DB& db, Losses& losses) : db_(db), losses_(losses) {}

  [[nodiscard]] std::optional<Window> window() const {
    return slot_ ? std::optional(slot_->window) : std::nullopt;
  }
  void fill(rocksdb::WriteBatch& out, const WindowBatch& batch);
  /// What was filled in was not written.
  void forget() { slot_.reset(); }

 private:
  /// One series: a new row, or none where it is removed.
  struct Edit {
    std::string series;
    std::optional<Row> row;
    std::string owner;  ///< of the row
  };

  void begin(rocksdb::WriteBatch& out, const WindowBatch& batch);
  /// What stood for the earlier process was seen until its last look, and not until ours.
  void inherit(rocksdb::WriteBatch& out, RecordKind kind, const Slot& earlier);
  [[nodiscard]] std::vector<Edit> edits_of_flows(const WindowBatch& batch) const;
  [[nodiscard]] std::vector<Edit> edits_of_listeners(const WindowBatch& batch) const;
  void apply(rocksdb::WriteBatch& out, RecordKind kind, std::vector<Edit> edits);
  void put(rocksdb::WriteBatch& out, const std::string& key, std::string_view chunk,
           const std::optional<Row>& row);
  [[nodiscard]] std::optional<Row> with_inherited(const std::string& key,
                                                  const std::optional<Row>& row) const;

  rocksdb::DB& db_;
  Losses& losses_;
  std::optional<Slot> slot_;  ///< the window that is being written
  /// By key: the row as it was before this process first wrote it, as a chunk of one row.
  std::map<std::string, std::string> inherited_;
};

}  // namespace ttq
