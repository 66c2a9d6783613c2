#include "base/cgroup_root.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <fstream>
#include <sstream>
#include <string>

namespace ttq {
namespace {

std::filesystem::path mount_point_in(const std::filesystem::path& mounts) {
  std::ifstream file(mounts);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string device;
    std::string place;
    std::string type;
    if (words >> device >> place >> type && type == "cgroup2") return place;
  }
  return {};
}

UniqueFd open_directory(int at, const char* path) {
  return UniqueFd(::openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

bool is_cgroup2(const UniqueFd& directory) {
  struct statfs status {};
  return directory && ::fstatfs(directory.get(), &status) == 0 &&
         status.f_type == CGROUP2_SUPER_MAGIC;
}

/// The first that there is has the number 1 (kernfs_create_root() in fs/kernfs/dir.c), and all
/// others are made below it.
bool is_first(const UniqueFd& directory) {
  struct stat status {};
  return ::fstat(directory.get(), &status) == 0 && status.st_ino == 1;
}

CgroupRoot root_at(UniqueFd directory, const std::filesystem::path& place) {
  const bool is_host = is_first(directory);
  return {std::move(directory), place, is_host};
}

int descriptor(long result) { return static_cast<int>(result); }

/// The C library has no names for these calls before glibc 2.36.
Result<UniqueFd> mount_nowhere() {
  const UniqueFd context(descriptor(::syscall(SYS_fsopen, "cgroup2", FSOPEN_CLOEXEC)));
  if (!context) return errno_fault("open the cgroup v2 tree");
  if (::syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return errno_fault("find the cgroup v2 tree");
  }
  const UniqueFd mount(
      descriptor(::syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY)));
  if (!mount) return errno_fault("mount the cgroup v2 tree");
  UniqueFd root = open_directory(mount.get(), ".");
  if (!root) return errno_fault("open the root of the cgroup v2 tree");
  return root;
}

}  // namespace

Result<CgroupRoot> open_cgroup_root(const std::filesystem::path& mounts) {
  const auto place = mount_point_in(mounts);
  if (!place.empty()) {
    UniqueFd directory = open_directory(AT_FDCWD, place.c_str());
    if (is_cgroup2(directory)) return root_at(std::move(directory), place);
  }
  auto directory = mount_nowhere();
  if (!directory) return directory.error();
  return root_at(std::move(*directory), {});
}

}  // namespace ttq
