#include "join/cgroup_tree.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstring>

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

/// The path that an open descriptor leads to.
std::string path_of(int fd) {
  std::string path(4096, '\0');
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  path.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return path;
}

}  // namespace

CgroupTree::CgroupTree(const std::filesystem::path& mounts) {
  if (auto root = open_cgroup_root(mounts)) root_ = std::move(*root);
}

const Cgroup& CgroupTree::at(std::uint64_t id) {
  const auto [known, is_new] = known_.try_emplace(id);
  if (is_new) known->second = read(id);
  return known->second;
}

Cgroup CgroupTree::read(std::uint64_t id) const {
  if (!root_.directory) return {};
  KernfsHandle wanted{.id = id};
  alignas(file_handle) std::array<std::byte, sizeof(KernfsHandle)> handle{};
  std::memcpy(handle.data(), &wanted, sizeof wanted);
  const UniqueFd cgroup(::open_by_handle_at(
      root_.directory.get(), reinterpret_cast<file_handle*>(handle.data()), O_PATH | O_CLOEXEC));
  if (!cgroup) return {};
  const std::string path = path_of(cgroup.get());
  const std::string& place = root_.mount_point.native();
  if (!path.starts_with(place)) return {};
  return parse_cgroup("0::" + path.substr(place.size()));
}

}  // namespace ttq
