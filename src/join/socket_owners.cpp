#include "join/socket_owners.h"

#include <algorithm>
#include <map>
#include <set>

namespace ttq {
namespace {

void sort_unique(std::vector<Inode>& inodes) {
  std::sort(inodes.begin(), inodes.end());
  inodes.erase(std::unique(inodes.begin(), inodes.end()), inodes.end());
  if (!inodes.empty() && inodes.front() == 0) inodes.erase(inodes.begin());
}

std::vector<Inode> without(const std::vector<Inode>& inodes,
                           const std::vector<DescriptorBook::Holding>& held) {
  std::vector<Inode> rest;
  auto holding = held.begin();
  for (const Inode inode : inodes) {
    while (holding != held.end() && holding->inode < inode) ++holding;
    if (holding == held.end() || holding->inode != inode) rest.push_back(inode);
  }
  return rest;
}

}  // namespace

SocketOwners::SocketOwners(const ProcReader& proc)
    : proc_(proc), book_(proc), roots_(proc, proc.boot_id()) {}

bool SocketOwners::is_asked_again(const std::vector<Inode>& inodes) const {
  if (book_.full_reads() == 0) return true;
  return std::any_of(missed_.begin(), missed_.end(), [&](Inode inode) {
    return std::binary_search(inodes.begin(), inodes.end(), inode);
  });
}

/// Each search saves up for a part of a walk over /proc, so that a host where many sockets come and
/// go is not walked over at each look.
bool SocketOwners::may_read_all() {
  constexpr std::size_t saved_up = 2'000;  // descriptors; 4 us each
  allowance_ += saved_up;
  return allowance_ >= book_.descriptors() + book_.processes();
}

Holders SocketOwners::find(std::vector<Inode> inodes) {
  sort_unique(inodes);
  const bool everywhere = may_read_all() && is_asked_again(inodes);
  if (everywhere) {
    allowance_ = 0;
    hidden_ = !proc_.shows_every_process();
    book_.read_all();
  } else {
    book_.read_newcomers();
    book_.read_known(inodes);
    book_.read_likely(without(inodes, book_.holders_of(inodes)));
  }
  return name_holders(inodes, everywhere);
}

Holders SocketOwners::name_holders(const std::vector<Inode>& inodes, bool everywhere) {
  missed_.clear();
  roots_.begin_search();
  const auto holdings = book_.holders_of(inodes);
  std::map<std::vector<Pid>, std::vector<Owner>> programs;  // thousands of sockets, one process
  Holders holders;
  auto holding = holdings.begin();
  for (const Inode inode : inodes) {
    std::vector<Pid> pids;
    for (; holding != holdings.end() && holding->inode == inode; ++holding) {
      pids.push_back(holding->pid);
    }
    const auto [known, is_new] = programs.try_emplace(pids);
    if (is_new) known->second = programs_of(pids);
    if (!known->second.empty()) {
      holders.add(inode, known->second);
    } else if (everywhere) {
      holders.add(inode, {nobody(!pids.empty())});
    } else {
      missed_.push_back(inode);
    }
  }
  return holders;
}

/// The programs of these processes, pid 1 only if it is alone.
std::vector<Owner> SocketOwners::programs_of(const std::vector<Pid>& pids) {
  std::set<Pid> programs;
  for (const Pid pid : pids) {
    if (const auto root = roots_.root_of(pid)) programs.insert(*root);
  }
  if (programs.size() > 1) programs.erase(1);
  std::vector<Owner> owners;
  for (const Pid root : programs) {
    if (auto process = roots_.describe(root)) owners.push_back(Owner::of(std::move(*process)));
  }
  std::sort(owners.begin(), owners.end(),
            [](const Owner& a, const Owner& b) { return a.key() < b.key(); });
  return owners;
}

/// `was_held`: by somebody who has gone since.
Owner SocketOwners::nobody(bool was_held) const {
  return Owner::nobody(was_held       ? UnknownOwner::exited
                       : denied() > 0 ? UnknownOwner::no_permission
                                      : UnknownOwner::kernel);
}

void SocketOwners::release(std::vector<Inode> gone) {
  sort_unique(gone);
  book_.release(gone);
}

std::vector<Inode> SocketOwners::recheck(std::size_t rounds) {
  constexpr std::size_t rounds_of_processes = 5;  // whoever has ended is soon found out
  const auto part = [](std::size_t whole, std::size_t parts) {
    return (whole + parts - 1) / parts;
  };
  return book_.compare(part(book_.processes(), rounds_of_processes),
                       part(book_.descriptors() + book_.processes(), rounds));
}

}  // namespace ttq
