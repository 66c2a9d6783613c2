#include "store/database.h"

#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/table.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/text.h"
#include "store/codec.h"
#include "store/keys.h"

namespace ttq {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view schema_name = "schema";

Fault in_use() {
  return {"another ttracerd uses this store; stop it, or give each a --store of its own"};
}

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
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.max_log_file_size = 256 << 10;
  options.keep_log_file_num = 2;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

/// RocksDB opens its log file before it looks at anything else; this one touches nothing.
class NoLog final : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

/// mkdir with its mode in one step: no moment at which others may look in.
Result<void> make_directory(const fs::path& dir) {
  std::error_code failed;
  fs::create_directories(dir.parent_path(), failed);  // what went wrong, mkdir will say
  if (::mkdir(dir.c_str(), 0750) == 0 || errno == EEXIST) return {};
  return errno_fault("make the directory");
}

/// The lock is on the directory itself, so that it can be asked for without touching a file. Where
/// a file system has no such locks, RocksDB's own LOCK file still stands.
Result<UniqueFd> lock_directory(const fs::path& dir) {
  UniqueFd fd(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return errno_fault("open the directory");
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return in_use();
  return fd;
}

bool is_empty(rocksdb::DB& db) {
  const std::unique_ptr<rocksdb::Iterator> any(db.NewIterator({}));
  any->SeekToFirst();
  return !any->Valid() && any->status().ok();
}

Result<void> check_schema(rocksdb::DB& db) {
  const auto text = read_meta(db, schema_name);
  if (!text) return text.error();
  // A kill between the making of the database and its first write leaves it empty.
  if (!*text && is_empty(db)) return {};
  const auto version = *text ? parse_integer<unsigned>(**text) : std::nullopt;
  if (!version) return Fault{"this is a RocksDB database, but no store of ttracerd"};
  if (*version == schema_version) return {};
  const bool is_newer = *version > schema_version;
  return Fault{std::string("it was written by ") + (is_newer ? "a newer" : "an older") +
               " ttracerd (schema " + **text + ", this one knows " +
               std::to_string(schema_version) + "); " +
               (is_newer ? "install that version again, or " : "") +
               "move the store away to begin a new one"};
}

bool says(const rocksdb::Status& status, const char* words) {
  return status.ToString().find(words) != std::string::npos;
}

/// A database of another RocksDB, or broken; or a file system that does not let us.
Fault unreadable(const rocksdb::Status& status) {
  if (status.IsIOError() && says(status, "lock")) return in_use();
  for (const int error : {EROFS, EACCES, ENOSPC}) {
    const std::string reason = std::generic_category().message(error);
    if (says(status, reason.c_str())) return Fault{"the database cannot be written: " + reason};
  }
  return Fault{"the database cannot be read (" + status.ToString() +
               "); move the store away to begin a new one"};
}

/// Looks at the schema without writing a byte.
Result<void> peek(const fs::path& dir) {
  std::error_code ignored;
  if (!fs::exists(dir / "CURRENT", ignored)) return {};  // there is none yet
  rocksdb::Options options;
  options.info_log = std::make_shared<NoLog>();
  rocksdb::DB* opened = nullptr;
  const auto status = rocksdb::DB::OpenForReadOnly(options, dir.string(), &opened);
  const std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return unreadable(status);
  return check_schema(*db);
}

Result<std::unique_ptr<rocksdb::DB>> open_for_writing(const fs::path& dir,
                                                      const rocksdb::CompactionFilter& filter) {
  rocksdb::Options options = guest_options();
  options.create_if_missing = true;
  options.compaction_filter = &filter;
  rocksdb::DB* opened = nullptr;
  const auto status = rocksdb::DB::Open(options, dir.string(), &opened);
  std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return unreadable(status);
  return db;
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

}  // namespace

Result<Database> open_database(const fs::path& dir, const rocksdb::CompactionFilter& filter) {
  if (auto made = make_directory(dir); !made) return made.error();
  auto lock = lock_directory(dir);
  if (!lock) return lock.error();
  if (auto known = peek(dir); !known) return known.error();
  auto db = open_for_writing(dir, filter);
  if (!db) return db.error();
  if (auto written = write_schema(**db); !written) return written.error();
  return Database{*std::move(lock), *std::move(db)};
}

Result<std::optional<std::string>> read_meta(rocksdb::DB& db, std::string_view name) {
  const std::string key = meta_key(name);
  std::string value;
  const auto status = db.Get({}, key, &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return fault_of(status);
  auto text = decode_meta(key, value);
  if (!text) return Fault{"the record \"" + std::string(name) + "\" of the store is corrupt"};
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

}  // namespace ttq
