#include "store/fault_fs.h"

#include <rocksdb/system_clock.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>

namespace ttq::test {
namespace {

namespace fs = std::filesystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus failed() { return IOStatus::IOError("arranged", std::strerror(EIO)); }

ino_t inode_of(const std::string& name) {
  struct stat status {};
  return ::stat(name.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::optional<std::string> contents(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

class FaultFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultFile(std::unique_ptr<rocksdb::FSWritableFile> target, FaultFs& disk, std::string name)
      : FSWritableFileOwnerWrapper(std::move(target)), disk_(disk), name_(std::move(name)) {}

  IOStatus Append(const Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
    const auto manner = disk_.strike(Operation::append);
    if (!manner) return write(bytes, options, debug);
    if (*manner == Manner::drop) return IOStatus::OK();
    if (*manner == Manner::tear) write(Slice(bytes.data(), bytes.size() / 2), options, debug);
    return failed();
  }
  IOStatus Append(const Slice& bytes, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return Append(bytes, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return force([&] { return FSWritableFileOwnerWrapper::Sync(options, debug); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return force([&] { return FSWritableFileOwnerWrapper::Fsync(options, debug); });
  }

 private:
  IOStatus write(const Slice& bytes, const IOOptions& options, IODebugContext* debug) {
    auto status = FSWritableFileOwnerWrapper::Append(bytes, options, debug);
    if (status.ok()) size_ += bytes.size();
    return status;
  }
  template <class Sync>
  IOStatus force(Sync sync) {
    const auto manner = disk_.strike(Operation::sync);
    if (manner) return *manner == Manner::drop ? IOStatus::OK() : failed();
    auto status = sync();
    if (status.ok()) disk_.note_size(name_, size_);
    return status;
  }

  FaultFs& disk_;
  std::string name_;
  std::uint64_t size_ = 0;
};

class FaultReads final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  FaultReads(std::unique_ptr<rocksdb::FSRandomAccessFile> target, FaultFs& disk)
      : FSRandomAccessFileOwnerWrapper(std::move(target)), disk_(disk) {}

  IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions& options, Slice* result,
                char* scratch, IODebugContext* debug) const override {
    if (disk_.strike(Operation::read)) return failed();
    return FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, debug);
  }

 private:
  FaultFs& disk_;
};

class FaultDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  FaultDirectory(std::unique_ptr<rocksdb::FSDirectory> target, FaultFs& disk, std::string name)
      : FSDirectoryWrapper(std::move(target)), disk_(disk), name_(std::move(name)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    const auto manner = disk_.strike(Operation::sync);
    if (manner) return *manner == Manner::drop ? IOStatus::OK() : failed();
    auto status = FSDirectoryWrapper::Fsync(options, debug);
    if (status.ok()) disk_.note_directory(name_);
    return status;
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  FaultFs& disk_;
  std::string name_;
};

class ImpatientClock final : public rocksdb::SystemClockWrapper {
 public:
  ImpatientClock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "ImpatientClock"; }
  void SleepForMicroseconds(int) override { SystemClockWrapper::SleepForMicroseconds(1'000); }
};

}  // namespace

FaultEnv::FaultEnv(const std::shared_ptr<FaultFs>& disk)
    : EnvWrapper(rocksdb::Env::Default()), composite_(rocksdb::NewCompositeEnv(disk)) {
  file_system_ = composite_->GetFileSystem();
  system_clock_ = std::make_shared<ImpatientClock>();
}

void FaultFs::arrange(Operation operation, Manner manner, int number) {
  const std::scoped_lock lock(mutex_);
  counts_.clear();
  fault_ = Fault{operation, manner, number};
}

int FaultFs::count(Operation operation) const {
  const std::scoped_lock lock(mutex_);
  const auto found = counts_.find(operation);
  return found == counts_.end() ? 0 : found->second;
}

bool FaultFs::has_struck() const {
  const std::scoped_lock lock(mutex_);
  return !fault_;
}

void FaultFs::cut_power() {
  const std::scoped_lock lock(mutex_);
  is_on_ = false;
}

bool FaultFs::is_on() const {
  const std::scoped_lock lock(mutex_);
  return is_on_;
}

std::optional<Manner> FaultFs::strike(Operation operation) {
  const std::scoped_lock lock(mutex_);
  if (!is_on_ && operation != Operation::read) return Manner::power;
  const int number = counts_[operation]++;
  const bool is_now = fault_ && fault_->operation == operation && fault_->number == number;
  if (!is_now) return std::nullopt;
  const Manner manner = fault_->manner;
  fault_.reset();
  if (manner == Manner::power) is_on_ = false;
  return manner;
}

void FaultFs::note_size(const std::string& name, std::uint64_t synced_bytes) {
  const auto inode = inode_of(name);
  const std::scoped_lock lock(mutex_);
  files_[inode].synced_bytes = synced_bytes;
}

void FaultFs::note_directory(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  for (auto& [inode, file] : files_) {
    if (file.unsynced_directory == name) file.unsynced_directory.clear();
  }
  std::erase_if(replaced_,
                [&](const auto& one) { return fs::path(one.first).parent_path() == name; });
}

void FaultFs::lose_power(const fs::path& root) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, before] : replaced_) {
    fs::remove(name);
    if (before) std::ofstream(name, std::ios::binary) << *before;
  }
  std::vector<fs::path> all;
  for (const auto& entry : fs::recursive_directory_iterator(root)) all.push_back(entry.path());
  for (const fs::path& path : all) {
    const auto file = files_.find(inode_of(path.string()));
    if (file == files_.end() || !fs::is_regular_file(path)) continue;
    if (!file->second.unsynced_directory.empty()) {
      fs::remove(path);
    } else if (fs::file_size(path) > file->second.synced_bytes) {
      fs::resize_file(path, file->second.synced_bytes);
    }
  }
  files_.clear();
  replaced_.clear();
  fault_.reset();
  is_on_ = true;
}

IOStatus FaultFs::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                  std::unique_ptr<rocksdb::FSWritableFile>* made,
                                  IODebugContext* debug) {
  if (!is_on()) return failed();
  auto status = FileSystemWrapper::NewWritableFile(name, options, made, debug);
  if (!status.ok()) return status;
  *made = std::make_unique<FaultFile>(std::move(*made), *this, name);
  const auto inode = inode_of(name);
  const std::scoped_lock lock(mutex_);
  files_[inode] = {0, fs::path(name).parent_path().string()};
  return status;
}

/// Not told apart from a new one: the store recycles no logs.
IOStatus FaultFs::ReuseWritableFile(const std::string&, const std::string&,
                                    const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) {
  return IOStatus::NotSupported("ReuseWritableFile");
}

IOStatus FaultFs::NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSRandomAccessFile>* opened,
                                      IODebugContext* debug) {
  auto status = FileSystemWrapper::NewRandomAccessFile(name, options, opened, debug);
  if (status.ok()) *opened = std::make_unique<FaultReads>(std::move(*opened), *this);
  return status;
}

IOStatus FaultFs::NewDirectory(const std::string& name, const IOOptions& options,
                               std::unique_ptr<rocksdb::FSDirectory>* opened,
                               IODebugContext* debug) {
  auto status = FileSystemWrapper::NewDirectory(name, options, opened, debug);
  if (status.ok()) *opened = std::make_unique<FaultDirectory>(std::move(*opened), *this, name);
  return status;
}

IOStatus FaultFs::RenameFile(const std::string& from, const std::string& to,
                             const IOOptions& options, IODebugContext* debug) {
  const auto manner = strike(Operation::rename);
  if (manner) return *manner == Manner::drop ? IOStatus::OK() : failed();
  auto before = contents(to);
  auto status = FileSystemWrapper::RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  const std::scoped_lock lock(mutex_);
  replaced_.emplace(to, std::move(before));
  return status;
}

IOStatus FaultFs::DeleteFile(const std::string& name, const IOOptions& options,
                             IODebugContext* debug) {
  const std::scoped_lock lock(mutex_);
  if (!is_on_) return failed();
  files_.erase(inode_of(name));
  return FileSystemWrapper::DeleteFile(name, options, debug);
}

}  // namespace ttq::test
