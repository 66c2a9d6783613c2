// The root of the cgroup v2 tree of the machine that runs the test.
#include "base/cgroup_root.h"

#include <doctest/doctest.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include "support/control_group.h"

using namespace ttq;

namespace {

/// A file written as /proc/mounts is, beside an empty directory; both removed in the end.
class MountsFile {
 public:
  MountsFile() {
    std::string name = (std::filesystem::temp_directory_path() / "ttq-mounts-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    place_ = name;
  }
  MountsFile(const MountsFile&) = delete;
  MountsFile& operator=(const MountsFile&) = delete;
  ~MountsFile() {
    std::error_code ignored;
    std::filesystem::remove_all(place_, ignored);
  }
  [[nodiscard]] std::filesystem::path says(const std::string& text) const {
    std::ofstream(place_ / "mounts") << text;
    return place_ / "mounts";
  }
  [[nodiscard]] std::string directory() const { return place_.string(); }

 private:
  std::filesystem::path place_;
};

/// None: we may not mount it, or this kernel has none.
std::optional<CgroupRoot> open_root(const std::filesystem::path& mounts) {
  auto root = open_cgroup_root(mounts);
  if (root) return std::move(*root);
  MESSAGE("skipped: ", root.error().message);
  return std::nullopt;
}

bool is_cgroup2(const UniqueFd& directory) {
  struct statfs status {};
  return ::fstatfs(directory.get(), &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

std::uint64_t inode_of(const UniqueFd& directory) {
  struct stat status {};
  return ::fstat(directory.get(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

TEST_CASE("the tree is found where it is mounted") {
  const auto root = open_root("/proc/mounts");
  if (!root) return;
  if (root->mount_point.empty()) {
    MESSAGE("skipped: no cgroup v2 tree is mounted here");
    return;
  }
  CHECK(is_cgroup2(root->directory));
  struct stat there {};
  REQUIRE(::stat(root->mount_point.c_str(), &there) == 0);
  CHECK(inode_of(root->directory) == there.st_ino);
}

TEST_CASE("where none is mounted it is mounted for us alone, and at no place") {
  const MountsFile file;
  const auto root = open_root(file.says("tmpfs /sys/fs/cgroup tmpfs rw 0 0\n"));
  if (!root) return;
  CHECK(is_cgroup2(root->directory));
  CHECK(root->mount_point.empty());
}

TEST_CASE("what is mounted for us alone is the tree that others have mounted") {
  const auto mounted = open_root("/proc/mounts");
  const auto ours = open_root("/dev/null");
  if (!mounted || !ours) return;
  CHECK(inode_of(ours->directory) == inode_of(mounted->directory));
}

TEST_CASE("a place that another mount hides is not taken for the tree") {
  const MountsFile file;
  const std::string hidden = "cgroup2 " + file.directory() + " cgroup2 rw 0 0\n";
  const auto root = open_root(file.says(hidden));
  if (!root) return;
  CHECK(is_cgroup2(root->directory));
  CHECK(root->mount_point.empty());
}

TEST_CASE("a place that is not there is not the tree") {
  const MountsFile file;
  const std::string nowhere = "cgroup2 " + file.directory() + "/none cgroup2 rw 0 0\n";
  const auto root = open_root(file.says(nowhere));
  if (!root) return;
  CHECK(is_cgroup2(root->directory));
}

TEST_CASE("without a file of mounts the tree is found all the same") {
  const auto root = open_root("/nonexistent/mounts");
  if (!root) return;
  CHECK(is_cgroup2(root->directory));
}

TEST_CASE("a container's root is not the host's") {
  test::ControlGroup container;
  const auto host = open_root("/proc/mounts");
  if (!host || !container.is_there()) return;
  if (!host->is_host) {
    MESSAGE("skipped: this is a container");
    return;
  }
  const auto shown = open_root(container.mounts());
  REQUIRE(shown);
  CHECK(shown->mount_point == container.place());
  CHECK_FALSE(shown->is_host);
}
