#include "join/socket_owners.h"

#include <algorithm>
#include <set>

#include "join/program_root.h"

namespace ttq {
namespace {

/// The programs of these processes, pid 1 only if it is alone.
std::vector<Owner> programs_of(const std::vector<Pid>& holders, ProgramRoots& roots) {
  std::set<Pid> programs;
  for (const Pid pid : holders) {
    if (const auto root = roots.root_of(pid)) programs.insert(*root);
  }
  if (programs.size() > 1) programs.erase(1);
  std::vector<Owner> owners;
  for (const Pid root : programs) {
    if (auto process = roots.describe(root)) owners.push_back(Owner::of(std::move(*process)));
  }
  std::sort(owners.begin(), owners.end(),
            [](const Owner& a, const Owner& b) { return a.key() < b.key(); });
  return owners;
}

}  // namespace

SocketOwners::SocketOwners(ProcReader proc) : proc_(std::move(proc)), boot_id_(proc_.boot_id()) {}

SocketOwners::Holders SocketOwners::holders_of(const std::unordered_set<std::uint64_t>& inodes) {
  Holders holders;
  denied_ = proc_.shows_every_process() ? 0 : 1;
  for (const Pid pid : proc_.pids()) {
    const HeldSockets held = proc_.sockets(pid);
    if (held.access == HeldSockets::Access::gone) ++vanished_;
    if (held.access == HeldSockets::Access::denied) ++denied_;
    for (const auto inode : held.inodes) {
      if (inodes.contains(inode)) holders[inode].push_back(pid);
    }
  }
  return holders;
}

Owners SocketOwners::find(const std::unordered_set<std::uint64_t>& inodes) {
  ++scans_;
  const Holders holders = holders_of(inodes);
  ProgramRoots roots(proc_, boot_id_);
  Owners owners;
  for (const auto inode : inodes) {
    if (inode == 0) continue;
    const auto found = holders.find(inode);
    std::vector<Owner> programs;
    if (found != holders.end()) programs = programs_of(found->second, roots);
    if (programs.empty()) {
      const bool held = found != holders.end();  // by somebody who has gone since
      programs.push_back(Owner::nobody(held          ? UnknownOwner::exited
                                       : denied_ > 0 ? UnknownOwner::no_permission
                                                     : UnknownOwner::kernel));
    }
    owners.emplace(inode, std::move(programs));
  }
  return owners;
}

bool SocketOwners::is_alive(const ProcessKey& key) const {
  const auto stat = proc_.stat(key.pid);
  return stat && process_mark(boot_id_, stat->start_time) == key.mark;
}

}  // namespace ttq
