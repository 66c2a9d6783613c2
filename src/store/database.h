// The database under the store: RocksDB, opened as a guest on somebody's server.
//
// It is small on purpose: 2 MiB of block cache, two write buffers of 2 MiB, two threads, 64 open
// files. Compression is what the library was built with. Debian 12 has RocksDB 7.8, EPEL 9 has
// 6.26: only options that both know are used.
//
// Every write goes through the write-ahead log, so what was written outlives a kill; what was
// written with sync outlives a power cut as well. A log that was cut ends where it was cut: what is
// read of it is always all that was written before some moment (kPointInTimeRecovery). To skip what
// is damaged and read on, as kSkipAnyCorruptedRecords does, would keep more and tell less: a window
// whose flows were in the damaged piece would be there, and look as if nothing had been seen in it.
#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ttq/result.h"

namespace ttq {

/// What the layout of the records is at; a store with a higher number is refused.
inline constexpr unsigned schema_version = 3;

/// What is kept beside the windows.
inline constexpr std::string_view schema_name = "schema";
inline constexpr std::string_view floor_name = "floor";
inline constexpr std::string_view instance_name = "instance";

/// What the database is to be opened with. Both must outlive it.
struct Surroundings {
  rocksdb::Env* env = rocksdb::Env::Default();  ///< where files are read and written
  const rocksdb::CompactionFilter* filter = nullptr;
};

/// What came of opening it.
enum class Finding {
  opened,
  nothing_there,  ///< there is no database, or one that was made and never written to
  refused,        ///< it may be sound, but is not ours, or not to be had now; nothing was changed
  no_room,        ///< refused, because the disk is full
  damaged,
};

struct Opened {
  Finding finding = Finding::refused;
  Fault fault;  ///< why it was not opened; says what to do
  std::unique_ptr<rocksdb::DB> db;
};

/// Opens it for reading alone, without writing a byte. Where not even the log may be damaged, a log
/// that ends in the middle of a record is still sound: so a kill leaves it.
enum class Log { sound, to_the_damage };
Opened open_for_reading(const std::filesystem::path& dir, const Surroundings& with, Log log);

enum class Effort {
  plain,  ///< makes it where there is none
  /// RocksDB's best_efforts_recovery: goes back to the latest moment of which all tables are there,
  /// needs no CURRENT, and reads no log; what it does not need it deletes. So the answer is of one
  /// moment too. Not RepairDB, which takes up every table that it finds, also one that a compaction
  /// has replaced: what was folded or dropped would come back beside what stands in its place.
  best,
};
Opened open_for_writing(const std::filesystem::path& dir, const Surroundings& with, Effort effort);

/// Refused: somebody else's, or of another schema. Damaged: what is kept beside the windows is.
Opened check_meta(std::unique_ptr<rocksdb::DB> db);
/// Where there is none yet.
Result<void> write_schema(rocksdb::DB& db);

/// None: it was never written. Fault: it is corrupt.
Result<std::optional<std::string>> read_meta(rocksdb::DB& db, std::string_view name);
void put_meta(rocksdb::WriteBatch& batch, std::string_view name, std::string_view text);
/// Bytes of live tables and logs.
std::uint64_t bytes_on_disk(rocksdb::DB& db);

Fault fault_of(const rocksdb::Status& status);
/// Not only out of order, but not to be read, or not to be written: bits have changed, or files are
/// missing. What the system refuses for a reason of its own is no damage.
Finding finding_of(const rocksdb::Status& status);

}  // namespace ttq
