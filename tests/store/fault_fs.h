// A file system on which things go wrong: the N-th append, sync or rename fails, is torn, is
// dropped in silence, or is where the power goes.
//
// It knows what was forced to the disk, as a disk does: lose_power() takes away all else. That are
// the bytes of a file since its last sync, files whose directory was not synced since they were
// made, and names that were given since.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace ttq::test {

enum class Operation { append, sync, rename, read };
enum class Manner {
  fail,   ///< an error, once, and nothing of it is done
  tear,   ///< an error, once, and half of it is done
  drop,   ///< said to be done, and is not
  power,  ///< the power goes: this and all that follows fails
};

class FaultFs final : public rocksdb::FileSystemWrapper {
 public:
  FaultFs() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  const char* Name() const override { return "FaultFs"; }

  /// The `number`-th from now on, counted from 0. Only one fault waits at a time.
  void arrange(Operation operation, Manner manner, int number);
  [[nodiscard]] int count(Operation operation) const;
  [[nodiscard]] bool has_struck() const;
  /// What was not forced to the disk is gone below `root`; then the power is on again.
  /// REQUIRES: no database is open.
  void lose_power(const std::filesystem::path& root);
  void cut_power();

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* made,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* made,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* opened,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* opened,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

  /// How the operation goes that is about to be done; none: as it should.
  std::optional<Manner> strike(Operation operation);
  void note_size(const std::string& name, std::uint64_t synced_bytes);
  void note_directory(const std::string& name);

 private:
  struct Fault {
    Operation operation;
    Manner manner;
    int number;
  };
  struct File {
    std::uint64_t synced_bytes = 0;
    std::string unsynced_directory;  ///< empty: its entry is on the disk
  };

  [[nodiscard]] bool is_on() const;

  mutable std::mutex mutex_;  ///< guards what follows
  std::map<Operation, int> counts_;
  std::optional<Fault> fault_;
  bool is_on_ = true;
  std::map<ino_t, File> files_;
  /// What was there under a name that was given since; none: nothing.
  std::map<std::string, std::optional<std::string>> replaced_;
};

/// Files on that disk; and no patience: RocksDB sleeps for a second after each error.
class FaultEnv final : public rocksdb::EnvWrapper {
 public:
  explicit FaultEnv(const std::shared_ptr<FaultFs>& disk);

 private:
  std::unique_ptr<rocksdb::Env> composite_;
};

}  // namespace ttq::test
