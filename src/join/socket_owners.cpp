#include "join/socket_owners.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace ttq {
namespace {

/// The first two numbers are no socket's.
NumberSet sockets(std::vector<Inode> inodes) {
  inodes.erase(std::remove_if(inodes.begin(), inodes.end(), [](Inode inode) { return inode <= 1; }),
               inodes.end());
  return NumberSet(std::move(inodes));
}

}  // namespace

SocketOwners::SocketOwners(const ProcReader& proc, std::optional<OpenFiles> files)
    : proc_(proc), book_(proc, std::move(files)), roots_(proc, proc.boot_id()) {}

/// How often on end a search has now missed what it missed most often.
SocketOwners::Missed SocketOwners::missed_again(const NumberSet& inodes,
                                                const Holdings& holdings) const {
  const auto is_missed = [&](Inode inode) {
    const auto at = std::lower_bound(holdings.begin(), holdings.end(), Holding{inode, 0});
    return inodes.contains(inode) && (at == holdings.end() || at->inode != inode);
  };
  const auto misses_one_of = [&](const NumberSet& before) {
    return std::any_of(before.begin(), before.end(), is_missed);
  };
  return misses_one_of(missed_twice_) ? Missed::thrice
         : misses_one_of(missed_)     ? Missed::twice
                                      : Missed::not_again;
}

/// In descriptors; of /proc one costs 4 us.
std::size_t SocketOwners::saved_by_a_search() const { return book_.reads_files() ? 20'000 : 2'000; }

/// Each search saves up for a part of a walk over everybody, so that a host where many sockets come
/// and go is not walked over at each look. Where a walk costs no more than that, it need not wait
/// for the third miss.
bool SocketOwners::may_read_all(Missed missed) const {
  const std::size_t cost = book_.descriptors() + book_.processes();
  if (allowance_ < cost) return false;
  return missed == Missed::thrice || (missed == Missed::twice && cost <= saved_by_a_search());
}

/// A search may miss what is held: where it took the descriptor of a socket that was closed while
/// the look went on, which is not known to be free before the next look. Whoever is missed by two
/// searches and is there at the look after them is where sockets are not likely to be.
Holders SocketOwners::find(std::vector<Inode> inodes) {
  const NumberSet wanted = sockets(std::move(inodes));
  if (book_.full_reads() > 0) {
    const Holdings holdings = book_.search(wanted);
    allowance_ += saved_by_a_search();
    if (!may_read_all(missed_again(wanted, holdings))) {
      return name_holders(wanted, holdings, false);
    }
  }
  allowance_ = 0;
  hidden_ = !proc_.shows_every_process();
  return name_holders(wanted, book_.read_all(wanted), true);
}

Holders SocketOwners::name_holders(const NumberSet& inodes, const Holdings& holdings,
                                   bool everywhere) {
  std::vector<Inode> missed;
  roots_.begin_search();
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
      missed.push_back(inode);
    }
  }
  remember_missed(std::move(missed));
  return holders;
}

void SocketOwners::remember_missed(std::vector<Inode> missed) {
  std::vector<Inode> twice;
  std::copy_if(missed.begin(), missed.end(), std::back_inserter(twice),
               [&](Inode inode) { return missed_.contains(inode); });
  missed_twice_ = NumberSet(std::move(twice));
  missed_ = NumberSet(std::move(missed));
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
  if (!gone.empty()) book_.release(sockets(std::move(gone)));
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
