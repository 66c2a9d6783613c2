#include "confine/file_access.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/unique_fd.h"

namespace ttq {
namespace {

using Rights = std::uint64_t;

// What the headers of Linux 6.1 have not got yet.
constexpr Rights refer = 1U << 13U;                      // since version 2
constexpr Rights truncate = 1U << 14U;                   // since version 3
constexpr Rights ioctl_dev = 1U << 15U;                  // since version 5
constexpr Rights scope_abstract_unix_socket = 1U << 0U;  // since version 6
constexpr Rights scope_signal = 1U << 1U;

/// struct landlock_ruleset_attr as of version 6; an older kernel takes what it knows of it, if the
/// rest is zero.
struct Ruleset {
  Rights files = 0;
  Rights network = 0;
  Rights scoped = 0;
};

constexpr Rights of_version_1 = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1;
constexpr Rights of_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                            LANDLOCK_ACCESS_FS_READ_FILE | truncate | ioctl_dev;
constexpr Rights reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr Rights writing = reading | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                           LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                           LANDLOCK_ACCESS_FS_REMOVE_DIR | refer | truncate;
constexpr Rights socket_making = LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE;

/// 0: there is none.
long version() {
  const long found =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return found < 0 ? 0 : found;
}

Ruleset all_of(long version) {
  Ruleset ruleset{.files = of_version_1};
  if (version >= 2) ruleset.files |= refer;
  if (version >= 3) ruleset.files |= truncate;
  if (version >= 5) ruleset.files |= ioctl_dev;
  if (version >= 6) ruleset.scoped = scope_abstract_unix_socket | scope_signal;
  return ruleset;
}

Result<void> allow(int ruleset, const std::filesystem::path& path, Rights rights) {
  const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place && errno == ENOENT) return {};
  struct stat file {};
  if (!place || ::fstat(place.get(), &file) != 0) return errno_fault("open " + path.string());
  if (!S_ISDIR(file.st_mode)) rights &= of_files;
  const landlock_path_beneath_attr rule{.allowed_access = rights, .parent_fd = place.get()};
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return errno_fault("landlock_add_rule " + path.string());
  }
  return {};
}

Result<void> allow_all(int ruleset, const std::vector<std::filesystem::path>& paths,
                       Rights rights) {
  for (const auto& path : paths) {
    if (auto allowed = allow(ruleset, path, rights); !allowed) return allowed;
  }
  return {};
}

}  // namespace

Result<bool> restrict_files(const FileAccess& access) {
  const long known = version();
  if (known == 0) return false;
  const Ruleset handled = all_of(known);
  const UniqueFd ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
  if (!ruleset) return errno_fault("landlock_create_ruleset");
  const auto allowed = [&](const auto& paths, Rights rights) {
    return allow_all(ruleset.get(), paths, rights & handled.files);
  };
  if (auto done = allowed(access.read, reading); !done) return done.error();
  if (auto done = allowed(access.write, writing); !done) return done.error();
  if (auto done = allowed(access.sockets, socket_making); !done) return done.error();
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return errno_fault("landlock_restrict_self");
  }
  return true;
}

}  // namespace ttq
