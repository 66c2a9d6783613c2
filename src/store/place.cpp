#include "store/place.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <thread>

#include "base/directory.h"
#include "base/log.h"
#include "base/text.h"
#include "ttq/time.h"

namespace ttq {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view corrupt_prefix = "db.corrupt-";

Result<void> make_private(const fs::path& dir) {
  return make_directory(dir, 0750) ? Result<void>() : errno_fault("make the directory");
}

Result<UniqueFd> lock_directory(const fs::path& dir) {
  UniqueFd fd(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return errno_fault("open the directory");
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return Fault{"another ttracerd uses this store; stop it, or give each a --store of its own"};
  }
  return fd;
}

std::vector<fs::path> entries(const fs::path& dir) {
  std::vector<fs::path> found;
  std::error_code failed;  // what cannot be looked at has no entries
  for (fs::directory_iterator at(dir, failed), end; !failed && at != end; at.increment(failed)) {
    found.push_back(at->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// When any file in it was last written to.
Time last_written(const fs::path& dir) {
  Time last;
  for (const fs::path& file : entries(dir)) {
    struct stat status {};
    if (::lstat(file.c_str(), &status) != 0) continue;
    last = std::max(last, Time(std::chrono::seconds(status.st_mtim.tv_sec)));
  }
  return last;
}

/// "20260102T030405Z": names sort like the times.
std::string name_of(Time moment) {
  std::string name = print_time(moment);
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  return std::string(corrupt_prefix) + name;
}

/// "NAME", or "NAME.N" after all that are there of that second.
fs::path free_name(const fs::path& wanted) {
  int next = 0;
  for (const fs::path& taken : entries(wanted.parent_path())) {
    if (taken == wanted) next = std::max(next, 1);
    if (!taken.string().starts_with(wanted.string() + ".")) continue;
    const auto number = parse_integer<int>(taken.string().substr(wanted.string().size() + 1));
    if (number) next = std::max(next, *number + 1);
  }
  return next == 0 ? wanted : fs::path(wanted.string() + "." + std::to_string(next));
}

void remove_tree(const fs::path& what) {
  std::error_code failed;
  fs::remove_all(what, failed);
  if (failed) log(LogLevel::warning, "remove " + what.string() + ": " + failed.message());
}

}  // namespace

Result<Place> Place::take(const fs::path& dir) {
  if (auto made = make_private(dir); !made) return made.error();
  auto lock = lock_directory(dir);
  if (!lock) return lock.error();
  return Place(dir, *std::move(lock));
}

void await_release(const fs::path& dir, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const UniqueFd fd(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  while (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    if (std::chrono::steady_clock::now() >= deadline) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

bool Place::has_old_layout() const {
  std::error_code ignored;
  return fs::exists(dir_ / "CURRENT", ignored) && !fs::exists(database(), ignored);
}

bool Place::is_moving() const {
  std::error_code ignored;
  return fs::exists(dir_ / "db.moving", ignored);
}

Result<void> Place::move_old_layout() const {
  const fs::path moving = dir_ / "db.moving";
  if (auto made = make_private(moving); !made) return made;
  for (const fs::path& file : entries(dir_)) {
    const std::string name = file.filename().string();
    if (!is_database_file(name)) continue;
    if (auto moved = rename(file, moving / name); !moved) return moved;
  }
  return rename(moving, database());
}

Result<fs::path> Place::set_aside(const fs::path& rescue) const {
  if (!rescue.empty()) {
    if (auto named = rename(rescue, rescued()); !named) return named.error();
  }
  const fs::path name = free_name(dir_ / name_of(last_written(database())));
  if (auto renamed = rename(database(), name); !renamed) return renamed.error();
  if (auto finished = finish_set_aside(); !finished) return finished.error();
  return name;
}

Result<void> Place::finish_set_aside() const {
  std::error_code ignored;
  const bool is_due = fs::exists(rescued(), ignored) && !fs::exists(database(), ignored);
  return is_due ? rename(rescued(), database()) : Result<void>();
}

void Place::clear_rescue() const {
  remove_tree(rescue());
  remove_tree(rescued());
}

std::vector<fs::path> Place::set_aside_databases() const {
  auto found = entries(dir_);
  std::erase_if(found, [](const fs::path& path) {
    return !path.filename().string().starts_with(corrupt_prefix);
  });
  return found;
}

std::uint64_t Place::bytes_set_aside() const {
  std::uint64_t bytes = 0;
  for (const fs::path& database : set_aside_databases()) {
    for (const fs::path& file : entries(database)) {
      struct stat status {};
      const bool is_alone = ::lstat(file.c_str(), &status) == 0 && status.st_nlink == 1;
      if (is_alone) bytes += static_cast<std::uint64_t>(status.st_size);
    }
  }
  return bytes;
}

void Place::keep_set_aside(std::size_t many) const {
  const auto found = set_aside_databases();
  for (std::size_t n = 0; n + many < found.size(); ++n) {
    log(LogLevel::notice, "removing " + found[n].string() + ", a damaged database, to make room");
    remove_tree(found[n]);
  }
}

/// On disk when it returns.
Result<void> Place::rename(const fs::path& from, const fs::path& to) const {
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    return errno_fault("rename " + from.string() + " to " + to.filename().string());
  }
  ::fsync(lock_.get());  // not all file systems can; those that cannot need not
  return {};
}

bool is_database_file(const std::string& name) {
  for (const char* plain : {"CURRENT", "IDENTITY", "LOCK", "LOG"}) {
    if (name == plain) return true;
  }
  for (const char* start : {"MANIFEST-", "OPTIONS-", "LOG.old."}) {
    if (name.starts_with(start)) return true;
  }
  const auto dot = name.find('.');
  const bool is_numbered = dot != 0 && name.find_first_not_of("0123456789") == dot;
  return is_numbered && (name.substr(dot) == ".sst" || name.substr(dot) == ".log");
}

}  // namespace ttq
