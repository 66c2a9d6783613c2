#include "store/database.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/text.h"
#include "store/codec.h"
#include "store/keys.h"
#include "store/log_guard.h"

namespace ttq {
namespace {

namespace fs = std::filesystem;

rocksdb::CompressionType best_of(std::initializer_list<rocksdb::CompressionType> wanted) {
  const auto built_in = rocksdb::GetSupportedCompressions();
  for (const auto type : wanted) {
    if (std::find(built_in.begin(), built_in.end(), type) != built_in.end()) return type;
  }
  return rocksdb::kNoCompression;
}

rocksdb::BlockBasedTableOptions table_options() {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(2 << 20, /*num_shard_bits=*/0);
  table.block_size = 16 << 10;  // neighbours are alike: larger blocks compress better
  return table;
}

/// RocksDB keeps a diary in a file, LOG, and opens that before it looks at anything else. Not here:
/// where the disk is full, its second line aborts the process (7.8.3, as Debian builds it, with
/// assertions). What it has to say is in what it returns.
class NoLog final : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::Options guest_options() {
  rocksdb::Options options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options()));
  options.write_buffer_size = 2 << 20;
  options.max_write_buffer_number = 2;
  options.level0_file_num_compaction_trigger = 2;  // few versions of a chunk beside each other
  options.target_file_size_base = 8 << 20;
  options.max_bytes_for_level_base = 32 << 20;
  options.level_compaction_dynamic_level_bytes = true;  // little space lost to old versions
  options.compression = best_of({rocksdb::kLZ4Compression, rocksdb::kSnappyCompression});
  options.bottommost_compression = best_of({rocksdb::kZSTD, options.compression});
  options.max_background_jobs = 2;
  options.max_open_files = 64;
  options.max_manifest_file_size = 1 << 20;
  options.info_log = std::make_shared<NoLog>();
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

bool is_empty(rocksdb::DB& db) {
  const std::unique_ptr<rocksdb::Iterator> any(db.NewIterator({}));
  any->SeekToFirst();
  return !any->Valid() && any->status().ok();
}

Fault corrupt_meta(std::string_view name) {
  return {"the record \"" + std::string(name) + "\" of the store is corrupt"};
}

Fault other_schema(unsigned version) {
  const bool is_newer = version > schema_version;
  return Fault{std::string("it was written by ") + (is_newer ? "a newer" : "an older") +
               " ttracerd (schema " + std::to_string(version) + ", this one knows " +
               std::to_string(schema_version) + "); " +
               (is_newer ? "install that version again, or " : "") +
               "move the store away to begin a new one"};
}

bool says(const rocksdb::Status& status, std::string_view words) {
  return status.ToString().find(words) != std::string::npos;
}

/// RocksDB hands an errno on as its text alone.
bool says(const rocksdb::Status& status, std::initializer_list<int> errors) {
  return std::any_of(errors.begin(), errors.end(), [&](int error) {
    return says(status, std::generic_category().message(error));
  });
}

bool is_in_use(const rocksdb::Status& status) {
  return status.IsIOError() && says(status, "lock") &&
         (says(status, {EAGAIN}) || says(status, "current process"));
}

Fault unopened(const rocksdb::Status& status) {
  if (is_in_use(status)) return Fault{"another process uses the database of this store; stop it"};
  return fault_of(status).in("the database cannot be opened");
}

Opened opened(const rocksdb::Status& status, rocksdb::DB* db) {
  if (status.ok()) return {Finding::opened, {}, std::unique_ptr<rocksdb::DB>(db)};
  return {finding_of(status), unopened(status), nullptr};
}

Opened refused(const std::error_code& reason) {
  return {Finding::refused, {"the directory of the database: " + reason.message()}, nullptr};
}

/// Without CURRENT RocksDB would make a new database, and delete what is left of the old one.
Opened look_at(const fs::path& dir) {
  std::error_code failed;
  if (fs::exists(dir / "CURRENT", failed)) return {Finding::opened, {}, nullptr};
  if (failed) return refused(failed);
  bool holds_data = false;
  for (fs::directory_iterator at(dir, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code gone;
    const auto kind = at->path().extension();
    const bool is_log = kind == ".log" && at->file_size(gone) > 0;
    holds_data = holds_data || kind == ".sst" || is_log;
  }
  if (failed && failed != std::errc::no_such_file_or_directory) return refused(failed);
  if (!holds_data) return {Finding::nothing_there, {}, nullptr};
  return {Finding::damaged, {"the file CURRENT is missing"}, nullptr};
}

}  // namespace

Opened open_for_reading(const fs::path& dir, const Surroundings& with, Log log) {
  Opened found = look_at(dir);
  if (found.finding != Finding::opened) return found;
  rocksdb::Options options = guest_options();
  options.env = with.env;
  options.wal_recovery_mode = log == Log::sound
                                  ? rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords
                                  : rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  LogGuard guard;
  options.wal_filter = &guard;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::OpenForReadOnly(options, dir.string(), &db);
  found = opened(status, db);
  const bool is_short = status.ok() && log == Log::sound && guard.has_gap();
  if (is_short) return {Finding::damaged, {"a piece of its log is missing"}, nullptr};
  return found;
}

Opened open_for_writing(const fs::path& dir, const Surroundings& with, Effort effort) {
  rocksdb::Options options = guest_options();
  options.env = with.env;
  options.compaction_filter = with.filter;
  options.create_if_missing = effort == Effort::plain;
  options.best_efforts_recovery = effort == Effort::best;
  LogGuard guard;
  options.wal_filter = &guard;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options, dir.string(), &db);
  return opened(status, db);
}

Opened check_meta(std::unique_ptr<rocksdb::DB> db) {
  std::optional<std::string> schema;
  for (const auto name : {floor_name, instance_name, schema_name}) {
    std::string value;
    const std::string key = meta_key(name);
    const auto status = db->Get({}, key, &value);
    schema = status.ok() ? decode_meta(key, value) : std::nullopt;
    if (status.IsNotFound() || schema) continue;
    if (status.ok()) return {Finding::damaged, corrupt_meta(name), nullptr};
    return {finding_of(status), fault_of(status), nullptr};
  }
  // A kill between the making of the database and its first write leaves it empty.
  if (!schema && is_empty(*db)) return {Finding::nothing_there, {}, std::move(db)};
  const auto version = schema ? parse_integer<unsigned>(*schema) : std::nullopt;
  if (!version) {
    return {Finding::refused, {"this is a RocksDB database, but no store of ttracerd"}, nullptr};
  }
  if (*version != schema_version) return {Finding::refused, other_schema(*version), nullptr};
  return {Finding::opened, {}, std::move(db)};
}

Result<void> write_schema(rocksdb::DB& db) {
  const auto text = read_meta(db, schema_name);
  if (!text) return text.error();
  if (*text) return {};
  rocksdb::WriteBatch batch;
  put_meta(batch, schema_name, std::to_string(schema_version));
  const auto status = db.Write({}, &batch);
  if (!status.ok()) return fault_of(status);
  return {};
}

Result<std::optional<std::string>> read_meta(rocksdb::DB& db, std::string_view name) {
  const std::string key = meta_key(name);
  std::string value;
  const auto status = db.Get({}, key, &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return fault_of(status);
  auto text = decode_meta(key, value);
  if (!text) return corrupt_meta(name);
  return text;
}

void put_meta(rocksdb::WriteBatch& batch, std::string_view name, std::string_view text) {
  const std::string key = meta_key(name);
  batch.Put(key, encode_meta(key, text));
}

std::uint64_t bytes_on_disk(rocksdb::DB& db) {
  std::uint64_t bytes = 0;
  db.GetIntProperty(rocksdb::DB::Properties::kLiveSstFilesSize, &bytes);
  std::error_code failed;  // a file that goes away while we look counts nothing
  for (fs::directory_iterator at(db.GetName(), failed), end; !failed && at != end;
       at.increment(failed)) {
    std::error_code gone;
    const bool is_log = at->path().extension() == ".log";
    const auto size = is_log ? at->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

Fault fault_of(const rocksdb::Status& status) { return {status.ToString()}; }

Finding finding_of(const rocksdb::Status& status) {
  if (status.ok()) return Finding::opened;
  if (says(status, {ENOSPC, EDQUOT})) return Finding::no_room;
  const bool is_of_the_system =
      is_in_use(status) || says(status, {EACCES, EPERM, EROFS, EMFILE, ENFILE, ENOMEM, EIO, ESTALE,
                                         ETIMEDOUT, EINTR, ENOLCK, ENODEV, ENXIO});
  return is_of_the_system ? Finding::refused : Finding::damaged;
}

}  // namespace ttq
