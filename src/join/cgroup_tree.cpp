#include "join/cgroup_tree.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <sstream>

namespace ttq {
namespace {

/// include/linux/exportfs.h; older C libraries do not tell it.
constexpr int fileid_kernfs = 0xfe;

/// A struct file_handle with room for the number of a kernfs node.
struct KernfsHandle {
  unsigned bytes = sizeof(std::uint64_t);
  int type = fileid_kernfs;
  std::uint64_t id = 0;
};

std::filesystem::path cgroup2_mount_point(const std::filesystem::path& mounts) {
  std::ifstream file(mounts);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string device;
    std::string at;
    std::string type;
    if (words >> device >> at >> type && type == "cgroup2") return at;
  }
  return {};
}

/// The path that an open descriptor leads to.
std::string path_of(int fd) {
  std::string path(4096, '\0');
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  path.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return path;
}

}  // namespace

CgroupTree::CgroupTree(const std::filesystem::path& mounts)
    : mount_point_(cgroup2_mount_point(mounts)) {
  if (mount_point_.empty()) return;
  root_ = UniqueFd(::open(mount_point_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

const Cgroup& CgroupTree::at(std::uint64_t id) {
  const auto [known, is_new] = known_.try_emplace(id);
  if (is_new) known->second = read(id);
  return known->second;
}

Cgroup CgroupTree::read(std::uint64_t id) const {
  if (!root_) return {};
  KernfsHandle wanted{.id = id};
  alignas(file_handle) std::array<std::byte, sizeof(KernfsHandle)> handle{};
  std::memcpy(handle.data(), &wanted, sizeof wanted);
  const UniqueFd cgroup(::open_by_handle_at(
      root_.get(), reinterpret_cast<file_handle*>(handle.data()), O_PATH | O_CLOEXEC));
  if (!cgroup) return {};
  const std::string path = path_of(cgroup.get());
  if (!path.starts_with(mount_point_.native())) return {};
  return parse_cgroup("0::" + path.substr(mount_point_.native().size()));
}

}  // namespace ttq
