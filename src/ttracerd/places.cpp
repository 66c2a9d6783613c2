#include "ttracerd/places.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "tls/credentials.h"

namespace ttq {
namespace {

namespace fs = std::filesystem;

constexpr mode_t of_store = 0750;
constexpr mode_t of_sockets = 0755;

Result<void> make(const fs::path& dir, mode_t mode) {
  if (make_directory(dir, mode)) return {};
  return errno_fault("make the directory " + dir.string());
}

/// Nobody but root can have put anything into it.
bool is_roots_own(const fs::path& dir) {
  struct stat file {};
  return ::lstat(dir.c_str(), &file) == 0 && S_ISDIR(file.st_mode) && file.st_uid == 0 &&
         (file.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool is_store(const fs::path& dir) {
  std::error_code failed;
  return fs::is_empty(dir, failed) || fs::exists(dir / "CURRENT", failed) ||
         fs::exists(dir / "db" / "CURRENT", failed);
}

bool has_only_sockets(const fs::path& dir) {
  std::error_code failed;
  for (fs::directory_iterator at(dir, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code gone;
    if (!at->is_socket(gone)) return false;
  }
  return !failed;
}

Result<void> give(const fs::path& path, const Identity& owner) {
  if (::lchown(path.c_str(), owner.uid, owner.gid) == 0) return {};
  return errno_fault("give " + path.string() + " to user " + owner.name);
}

/// The directory last: until then it is root's, and another attempt begins anew.
Result<void> give_all(const fs::path& dir, const Identity& owner) {
  std::error_code failed;
  for (fs::recursive_directory_iterator at(dir, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (auto given = give(at->path(), owner); !given) return given;
  }
  if (failed) return Fault{"read the directory " + dir.string() + ": " + failed.message()};
  return give(dir, owner);
}

/// Where root alone may read it.
Result<void> let_group_read(const fs::path& path, gid_t group) {
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return {};  // whoever reads it will say so
  const bool is_roots = file.st_uid == 0 && file.st_gid == 0 && (file.st_mode & S_IRWXO) == 0;
  if (!is_roots || !(S_ISREG(file.st_mode) || S_ISDIR(file.st_mode))) return {};
  const mode_t readable = S_IRGRP | (S_ISDIR(file.st_mode) ? S_IXGRP : 0U);
  if (::lchown(path.c_str(), 0, group) == 0 &&
      ::chmod(path.c_str(), (file.st_mode & 07777U) | readable) == 0) {
    return {};
  }
  return errno_fault("let the daemon's group read " + path.string());
}

}  // namespace

Result<void> prepare_store(const fs::path& dir, const std::optional<Identity>& owner) {
  if (auto made = make(dir, of_store); !made) return made;
  const bool is_given = owner && ::geteuid() == 0 && is_roots_own(dir) && is_store(dir);
  return is_given ? give_all(dir, *owner) : Result<void>();
}

Result<void> prepare_socket_directory(const fs::path& dir, const std::optional<Identity>& owner) {
  if (auto made = make(dir, of_sockets); !made) return made;
  const bool is_given = owner && ::geteuid() == 0 && is_roots_own(dir) && has_only_sockets(dir);
  return is_given ? give_all(dir, *owner) : Result<void>();
}

Result<void> prepare_credentials(const fs::path& dir, const std::optional<Identity>& owner) {
  if (!owner || owner->uid == 0 || ::geteuid() != 0 || !is_roots_own(dir)) return {};
  if (auto let = let_group_read(dir, owner->gid); !let) return let;
  for (const char* name : server_files) {
    if (auto let = let_group_read(dir / name, owner->gid); !let) return let;
  }
  return {};
}

}  // namespace ttq
