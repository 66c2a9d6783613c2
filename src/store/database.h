// The database under the store: RocksDB, opened as a guest on somebody's server.
//
// It is small on purpose: 2 MiB of block cache, two write buffers of 2 MiB, two threads, 64 open
// files. Compression is what the library was built with. Debian 12 has RocksDB 7.8, EPEL 9 has
// 6.26: only options that both know are used.
//
// Every write goes through the write-ahead log, so what was written outlives a kill; what was
// written with sync outlives a power cut as well.
#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "ttq/result.h"
#include "ttq/time.h"

namespace ttq {

/// What the layout of the records is at; a store with a higher number is refused.
inline constexpr unsigned schema_version = 3;

/// An open database, and the lock on its directory.
struct Database {
  UniqueFd lock;
  std::unique_ptr<rocksdb::DB> db;
};

/// Opens it, or makes it. A Fault says what to do; a newer schema, or a directory that another
/// process uses, is left untouched. `filter` must outlive the database.
Result<Database> open_database(const std::filesystem::path& dir,
                               const rocksdb::CompactionFilter& filter);

/// What is kept beside the windows. None: it was never written. Fault: it is corrupt.
Result<std::optional<std::string>> read_meta(rocksdb::DB& db, std::string_view name);
void put_meta(rocksdb::WriteBatch& batch, std::string_view name, std::string_view text);
/// Bytes of live tables and logs.
std::uint64_t bytes_on_disk(rocksdb::DB& db);

Fault fault_of(const rocksdb::Status& status);

}  // namespace ttq
