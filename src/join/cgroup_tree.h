// The cgroup v2 tree: from the number of a cgroup, which BPF programs tell, to its path.
//
// The number is that of the directory's inode, and with it the kernel opens the directory at once
// (open_by_handle_at(2), a handle of type FILEID_KERNFS; fs/kernfs/mount.c); so nothing is walked
// over. Needs CAP_DAC_READ_SEARCH. A cgroup that was removed has no path any more.
#pragma once

#include <cstdint>
#include <filesystem>
#include <unordered_map>

#include "base/cgroup_root.h"
#include "join/proc_reader.h"

namespace ttq {

class CgroupTree {
 public:
  /// Where there is no cgroup v2 tree (base/cgroup_root.h), nothing is known of any.
  CgroupTree() = default;
  explicit CgroupTree(const std::filesystem::path& mounts);

  /// What its path tells; nothing, if it has gone.
  const Cgroup& at(std::uint64_t id);

  /// Numbers are not used again, but cgroups are renamed and go.
  void forget() { known_.clear(); }

 private:
  [[nodiscard]] Cgroup read(std::uint64_t id) const;

  CgroupRoot root_;
  std::unordered_map<std::uint64_t, Cgroup> known_;
};

}  // namespace ttq
