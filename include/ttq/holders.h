// Holders: who holds which socket. One set of owners stands for all the sockets that it holds,
// since a server's thousand connections have the same.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "ttq/process.h"

namespace ttq {

/// Of a socket's file, as sock_diag and /proc/PID/fd both tell it; 0: no file refers to it.
using Inode = std::uint64_t;

class Holders {
 public:
  /// The owners of one socket, sorted by key and not empty. REQUIRES: sorted by inode, each once.
  void add(Inode inode, const std::vector<Owner>& owners);

  /// None: it was not looked for, or not found where it was looked for.
  [[nodiscard]] const std::vector<Owner>* of(Inode inode) const;

  [[nodiscard]] bool empty() const { return sets_by_inode_.empty(); }

 private:
  std::vector<std::pair<Inode, std::size_t>> sets_by_inode_;
  std::vector<std::vector<Owner>> sets_;
  std::map<std::vector<ProcessKey>, std::size_t> known_sets_;
};

}  // namespace ttq
