#include "tls/watched_credentials.h"

#include <sys/stat.h>

#include "base/log.h"
#include "base/text.h"

namespace ttq {
namespace {

/// Whoever has been confined to a directory reaches no other by the same name.
constexpr const char* is_elsewhere =
    "; another directory is in the place of the one from the start, which takes a restart";

}  // namespace

Result<std::unique_ptr<WatchedCredentials>> WatchedCredentials::open(
    std::filesystem::path directory) {
  std::unique_ptr<WatchedCredentials> watched(new WatchedCredentials(std::move(directory)));
  auto loaded = ServerCredentials::load(watched->directory_);
  if (!loaded) return loaded.error();
  watched->current_ = *std::move(loaded);
  return watched;
}

std::shared_ptr<const ServerCredentials> WatchedCredentials::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

bool WatchedCredentials::look(Moment now) {
  if (looked_at_ != Moment{} && now - looked_at_ < between_looks) return false;
  looked_at_ = now;
  const Stamps stamps = read_stamps();
  if (stamps == stamps_) {
    told_.clear();
    return false;
  }
  auto loaded = ServerCredentials::load(directory_);
  if (!loaded) {
    tell(loaded.error().message);
    return false;
  }
  stamps_ = stamps;
  told_.clear();
  const Time valid_until = (*loaded)->valid_until();
  {
    const std::lock_guard lock(mutex_);
    current_ = *std::move(loaded);
  }
  log(LogLevel::notice,
      "the credentials have changed; the certificate is valid until " + print_time(valid_until));
  return true;
}

/// Once, though it is tried again: what was in the way may not have been in the files.
void WatchedCredentials::tell(const std::string& trouble) {
  if (trouble == told_) return;
  told_ = trouble;
  log(LogLevel::error,
      "the credentials have changed and cannot be used, so those from before still are: " +
          trouble + (read_place() == place_ ? "" : is_elsewhere));
}

WatchedCredentials::Stamp WatchedCredentials::read_place() const {
  struct stat directory {};
  if (::stat(directory_.c_str(), &directory) != 0) return {};
  return {directory.st_dev, directory.st_ino, 0, 0};
}

/// With the time of change (ctime) and not of modification, which a copy may have kept.
WatchedCredentials::Stamps WatchedCredentials::read_stamps() const {
  Stamps stamps;
  for (std::size_t i = 0; i < stamps.size(); ++i) {
    struct stat file {};
    if (::stat((directory_ / server_files.at(i)).c_str(), &file) != 0) continue;
    stamps.at(i) = {file.st_dev, file.st_ino, file.st_size,
                    file.st_ctim.tv_sec * std::int64_t{1'000'000'000} + file.st_ctim.tv_nsec};
  }
  return stamps;
}

}  // namespace ttq
