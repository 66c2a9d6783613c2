// From the number of a cgroup to its path, on the machine that runs the test.
#include "join/cgroup_tree.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "proc_tree.h"

using namespace ttq;

namespace {

/// A cgroup of its own, below our own one; removed when it goes out of scope.
class OwnCgroup {
 public:
  explicit OwnCgroup(std::filesystem::path place) : place_(std::move(place)) {}
  OwnCgroup(OwnCgroup&& other) noexcept : place_(std::exchange(other.place_, {})) {}
  OwnCgroup& operator=(OwnCgroup&&) = delete;
  OwnCgroup(const OwnCgroup&) = delete;
  OwnCgroup& operator=(const OwnCgroup&) = delete;
  ~OwnCgroup() { remove(); }
  void remove() {
    std::error_code gone;
    if (!place_.empty()) std::filesystem::remove(place_, gone);
  }
  [[nodiscard]] std::uint64_t id() const {
    struct stat status {};
    return ::stat(place_.c_str(), &status) == 0 ? status.st_ino : 0;
  }

 private:
  std::filesystem::path place_;
};

std::filesystem::path mount_point() {
  std::ifstream mounts("/proc/mounts");
  std::string device;
  std::string at;
  std::string type;
  for (std::string rest; mounts >> device >> at >> type && std::getline(mounts, rest);) {
    if (type == "cgroup2") return at;
  }
  return {};
}

/// CAP_DAC_READ_SEARCH (capability.h), with which a directory is opened by its number.
bool may_open_by_number() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("CapEff:"))
      return ((std::stoull(line.substr(8), nullptr, 16) >> 2U) & 1U) != 0;
  }
  return false;
}

/// None: there is no such tree here, or we may not make a cgroup or open it.
std::optional<OwnCgroup> make_cgroup(const std::string& name) {
  const auto place = mount_point() / (name + std::to_string(::getpid()) + ".service");
  std::error_code refused;
  if (mount_point().empty() || !may_open_by_number()) {
    MESSAGE("skipped: no cgroup v2 tree, or no right to open a directory by its number");
  } else if (std::filesystem::create_directory(place, refused)) {
    return OwnCgroup(place);
  } else {
    MESSAGE("skipped: no cgroup can be made: ", refused.message());
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a cgroup is known by its number") {
  const auto cgroup = make_cgroup("ttq-test-known-");
  if (!cgroup) return;
  CgroupTree tree("/proc/mounts");
  CHECK(tree.at(cgroup->id()).unit == "ttq-test-known-" + std::to_string(::getpid()) + ".service");
}

TEST_CASE("a cgroup that was removed is known for as long as it is not forgotten") {
  auto cgroup = make_cgroup("ttq-test-removed-");
  if (!cgroup) return;
  CgroupTree tree("/proc/mounts");
  const std::uint64_t id = cgroup->id();
  CHECK(tree.at(id).unit);
  cgroup->remove();
  CHECK(tree.at(id).unit);
  tree.forget();
  CHECK_FALSE(tree.at(id).unit);
}

TEST_CASE("the root of the tree names nothing") {
  struct stat status {};
  if (mount_point().empty() || ::stat(mount_point().c_str(), &status) != 0) {
    MESSAGE("skipped: no cgroup v2 tree");
    return;
  }
  CgroupTree tree("/proc/mounts");
  CHECK(tree.at(status.st_ino) == Cgroup{});
}

TEST_CASE("a number that no cgroup has names nothing") {
  CgroupTree tree("/proc/mounts");
  CHECK(tree.at(0) == Cgroup{});
  CHECK(tree.at(~std::uint64_t{0}) == Cgroup{});
}

TEST_CASE("where no cgroup v2 tree is mounted nothing is known of any") {
  test::ProcTree proc;
  proc.write("mounts", "cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\nproc /proc proc rw 0 0\n");
  CgroupTree tree(proc.root() / "mounts");
  CHECK(tree.at(1) == Cgroup{});
  CHECK(CgroupTree().at(1) == Cgroup{});
}

TEST_CASE("a mount that cannot be opened is as good as none") {
  test::ProcTree proc;
  proc.write("mounts", "cgroup2 /nonexistent cgroup2 rw 0 0\n");
  CgroupTree tree(proc.root() / "mounts");
  CHECK(tree.at(1) == Cgroup{});
}
