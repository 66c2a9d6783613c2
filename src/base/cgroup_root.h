// The root of the cgroup v2 tree, wherever it is mounted, and even where it is not.
#pragma once

#include <filesystem>

#include "base/unique_fd.h"
#include "ttq/result.h"

namespace ttq {

struct CgroupRoot {
  UniqueFd directory;
  std::filesystem::path mount_point;  ///< empty: mounted for us alone, at no place
  bool is_host = true;  ///< false: a container's, the root that its cgroup namespace shows
};

/// `mounts` is written as /proc/mounts is (proc(5)). Where it names no such place, or one that is
/// hidden by another mount, the tree is mounted at no place at all (fsmount(2), since Linux 5.2),
/// which takes CAP_SYS_ADMIN.
Result<CgroupRoot> open_cgroup_root(const std::filesystem::path& mounts);

}  // namespace ttq
