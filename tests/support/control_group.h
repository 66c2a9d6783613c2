// A control group below the root of the cgroup v2 tree, with nobody in it, removed in the end: what
// a container is shown as its root.
#pragma once

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/cgroup_root.h"

namespace ttq::test {

class ControlGroup {
 public:
  ControlGroup() {
    const auto root = open_cgroup_root("/proc/mounts");
    if (!root || root->mount_point.empty()) return;
    place_ = root->mount_point / ("ttq-test-" + std::to_string(::getpid()));
    std::error_code error;
    is_there_ = std::filesystem::create_directory(place_, error);
  }
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;
  ~ControlGroup() {
    if (is_there_) ::rmdir(place_.c_str());
  }

  /// False: there is no such tree, or we may not; and it was said.
  [[nodiscard]] bool is_there() const {
    if (!is_there_) MESSAGE("skipped: no control group can be made here");
    return is_there_;
  }
  /// A file that is written as /proc/mounts is, for as long as we are there.
  std::filesystem::path mounts() {
    const std::string line = "cgroup2 " + place_.string() + " cgroup2 rw 0 0\n";
    file_ = UniqueFd(::memfd_create("mounts", MFD_CLOEXEC));
    REQUIRE(::write(file_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
    return "/proc/self/fd/" + std::to_string(file_.get());
  }
  [[nodiscard]] const std::filesystem::path& place() const { return place_; }

 private:
  std::filesystem::path place_;
  bool is_there_ = false;
  UniqueFd file_;
};

}  // namespace ttq::test
