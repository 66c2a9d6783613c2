// The directory of a store, and what may be done in it.
//
//   DIR/db               the database: RocksDB's files, and nobody else's
//   DIR/db.corrupt-TIME  a database that was damaged, set aside; TIME is when it was last written
//   to DIR/db.rescue/*      what is being recovered from it; what a kill leaves of that is removed
//   DIR/db.rescued       what was recovered, and is about to be the database
//   DIR/db.moving        the files of an earlier version, on their way from DIR to DIR/db
//
// Nothing of a database that was set aside is in answers any more, and nothing of it is changed. It
// counts towards the size that the store may have, and is the first to go where that is exceeded:
// the two newest are kept as long as there is room for them.
//
// The lock is on DIR itself, so that it can be asked for without touching a file. Where a file
// system has no such locks, RocksDB's own LOCK file still stands.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/unique_fd.h"
#include "ttq/result.h"

namespace ttq {

class Place {
 public:
  /// Makes the directory (0750) where there is none. Fault: it cannot be made, or is in use.
  static Result<Place> take(const std::filesystem::path& dir);

  [[nodiscard]] const std::filesystem::path& dir() const { return dir_; }
  [[nodiscard]] std::filesystem::path database() const { return dir_ / "db"; }
  [[nodiscard]] std::filesystem::path rescue() const { return dir_ / "db.rescue"; }

  /// Earlier versions kept the database's files in DIR itself.
  [[nodiscard]] bool has_old_layout() const;
  /// A move that was begun is finished first.
  [[nodiscard]] bool is_moving() const;
  /// One rename for each file, the last of which says that it is done: goes on after a kill.
  [[nodiscard]] Result<void> move_old_layout() const;

  /// Gives the database its other name, and returns that. What was rescued of it takes its place;
  /// "": nothing was.
  [[nodiscard]] Result<std::filesystem::path> set_aside(const std::filesystem::path& rescued) const;
  /// What set_aside() began, and a kill interrupted.
  [[nodiscard]] Result<void> finish_set_aside() const;
  /// Leaves no rescue behind.
  void clear_rescue() const;

  /// The oldest first.
  [[nodiscard]] std::vector<std::filesystem::path> set_aside_databases() const;
  /// What would be free without them: files that the database shares with them do not count.
  [[nodiscard]] std::uint64_t bytes_set_aside() const;
  /// Removes the oldest until so many are left.
  void keep_set_aside(std::size_t many) const;

 private:
  Place(std::filesystem::path dir, UniqueFd lock) : dir_(std::move(dir)), lock_(std::move(lock)) {}
  [[nodiscard]] std::filesystem::path rescued() const { return dir_ / "db.rescued"; }
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) const;

  std::filesystem::path dir_;
  UniqueFd lock_;
};

/// Waits, but not for long, until no other process has the lock. Whether one still has it, take()
/// will see.
void await_release(const std::filesystem::path& dir, std::chrono::milliseconds patience);

/// Whether RocksDB calls a file so.
bool is_database_file(const std::string& name);

}  // namespace ttq
