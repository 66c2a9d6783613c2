#include "join/descriptor_book.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

namespace ttq {
namespace {

/// So many free descriptors in a row behind the last known one say that there is nothing more.
constexpr std::size_t longest_gap = 8;

/// So many sockets and files may have come and gone unseen at lower descriptors than a new
/// socket's. Where there are very many processes, fewer: each of them is looked at.
std::size_t unseen(std::size_t processes) {
  constexpr std::size_t reads_in_all = 4'096;
  return std::clamp<std::size_t>(reads_in_all / std::max<std::size_t>(processes, 1), 1, 4);
}

/// So often may one search read in vain where something was closed: a few thousand times, and for
/// each missing socket so often.
constexpr std::size_t patience_at_least = 4'096;
constexpr std::size_t patience_for_each = 16;

/// How often a file must be met before it is taken to stay: where a program is read for the first
/// time, and where a search met it.
constexpr unsigned doubts_at_first = 2;
constexpr unsigned doubts_in_a_search = 8;
constexpr std::size_t standard_streams = 3;

void sort_unique(std::vector<DescriptorBook::Holding>& holdings) {
  std::sort(holdings.begin(), holdings.end());
  holdings.erase(std::unique(holdings.begin(), holdings.end()), holdings.end());
}

/// REQUIRES: sorted.
NumberSet without(const NumberSet& inodes, const std::vector<DescriptorBook::Holding>& held) {
  std::vector<Inode> rest;
  auto holding = held.begin();
  for (const Inode inode : inodes) {
    while (holding != held.end() && holding->inode < inode) ++holding;
    if (holding == held.end() || holding->inode != inode) rest.push_back(inode);
  }
  return NumberSet(std::move(rest));
}

}  // namespace

/// A number that sock_diag could not tell is nobody's that anyone would ask for.
DescriptorBook::Slot DescriptorBook::slot_for(Inode inode) {
  const bool is_socket = inode > other_file && inode <= std::numeric_limits<Slot>::max();
  return is_socket ? static_cast<Slot>(inode) : other_file;
}

DescriptorBook::Slot DescriptorBook::slot_at(const std::vector<Slot>& slots,
                                             std::size_t descriptor) {
  return descriptor < slots.size() ? slots[descriptor] : free_slot;
}

/// Returns what was there before.
DescriptorBook::Slot DescriptorBook::set(std::vector<Slot>& slots, std::size_t descriptor,
                                         Slot slot) {
  if (descriptor >= slots.size()) {
    if (slot == free_slot) return free_slot;
    slots.resize(descriptor + 1, free_slot);
  }
  return std::exchange(slots[descriptor], slot);
}

void DescriptorBook::put(Table& table, std::size_t descriptor, Slot slot) {
  const Slot before = set(table.slots, descriptor, slot);
  if (is_socket(before) && slot != before) ++table.turnover;
  const auto count = [](bool is_one) -> std::size_t { return is_one ? 1 : 0; };
  table.sockets = table.sockets + count(is_socket(slot)) - count(is_socket(before));
  table.open = table.open + count(slot != free_slot) - count(before != free_slot);
}

/// A socket that stands may have been passed on to there; and whatever came may be gone again when
/// a socket is looked for there: programs open files while they start.
void DescriptorBook::note_newcomer(Table& table, std::size_t descriptor,
                                   unsigned doubts_of_a_file) {
  const Slot slot = slot_at(table.slots, descriptor);
  if (is_socket(slot)) moved_.push_back(slot);
  const unsigned doubts = is_socket(slot) ? 1 : slot == other_file ? doubts_of_a_file : 0;
  if (doubts > 0) table.fleeting[descriptor] = doubts;
}

/// What came to a descriptor or went from it is noted.
void DescriptorBook::renew(Pid pid, Table& table, std::vector<Slot> slots) {
  slots.shrink_to_fit();
  slots.swap(table.slots);
  for (std::size_t at = 0; at < std::max(slots.size(), table.slots.size()); ++at) {
    const Slot before = slot_at(slots, at);
    if (before == slot_at(table.slots, at)) continue;
    if (is_socket(before)) moved_.push_back(before);
    table.fleeting.erase(at);
    note_newcomer(table, at, at < standard_streams ? 0 : doubts_at_first);
  }
  const auto count = [&](auto is_one) {
    return static_cast<std::size_t>(std::count_if(table.slots.begin(), table.slots.end(), is_one));
  };
  table.sockets = count(is_socket);
  table.open = count([](Slot slot) { return slot != free_slot; });
  table.turnover = 0;
  compare_program(pid, table);
}

void DescriptorBook::note_access(Table& table, Access access) {
  const bool denied = access == Access::denied;
  if (denied != table.denied) denied ? ++denied_ : --denied_;
  table.denied = denied;
  if (access == Access::gone) ++vanished_;
}

void DescriptorBook::read_process(Pid pid, Table& table) {
  std::vector<Slot> slots;
  const auto access = proc_.each_descriptor(
      pid, [&](std::size_t descriptor, Inode inode) { set(slots, descriptor, slot_for(inode)); });
  // What was told before, by the kernel or while /proc still did, is better than nothing.
  const bool is_less = access == Access::denied && table.open > 0;
  if (!is_less) renew(pid, table, std::move(slots));
  if (!is_less || !files_) note_access(table, access);
}

/// False: it has to be read from /proc instead.
bool DescriptorBook::read_files() {
  if (!files_) return false;
  std::map<Pid, std::vector<Slot>> found;
  auto process = found.end();
  const auto read = files_->read([&](Pid pid, std::size_t descriptor, Inode inode) {
    if (process == found.end() || process->first != pid) process = found.try_emplace(pid).first;
    set(process->second, descriptor, slot_for(inode));
  });
  if (!read) {
    files_.reset();
    return false;
  }
  for (auto& [pid, slots] : found) tables_.try_emplace(pid);
  for (auto& [pid, table] : tables_) {
    const auto slots = found.find(pid);
    if (slots == found.end()) {  // it has none; or it was kept from us, which /proc will say
      read_process(pid, table);
      continue;
    }
    renew(pid, table, std::move(slots->second));
    note_access(table, Access::granted);
  }
  return true;
}

std::vector<DescriptorBook::Holding> DescriptorBook::read_all(const NumberSet& wanted) {
  ++full_reads_;
  newest_pid_ = proc_.newest_pid();
  list_processes();
  if (!read_files()) {
    for (auto& [pid, table] : tables_) read_process(pid, table);
  }
  if (full_reads_ == 1) {  // they were nowhere before
    moved_.clear();
    for (auto& [pid, table] : tables_) table.fleeting.clear();
  }
  std::vector<Holding> held;
  for (const auto& [pid, table] : tables_) {
    for (const Slot slot : table.slots) {
      if (wanted.contains(slot)) held.push_back({slot, pid});
    }
  }
  sort_unique(held);
  return held;
}

std::vector<DescriptorBook::Holding> DescriptorBook::search(const NumberSet& wanted) {
  read_newcomers();
  auto held = read_known(wanted);
  Search search{wanted, without(wanted, held), std::move(held), {}, 0};
  search.patience = patience_at_least + patience_for_each * search.missing.size();
  read_likely(search);
  sort_unique(search.held);
  return std::move(search.held);
}

/// Brings the list of processes up to date. Returns those that are new in it.
std::vector<Pid> DescriptorBook::list_processes() {
  std::vector<Pid> pids = proc_.pids();
  std::sort(pids.begin(), pids.end());
  for (auto table = tables_.begin(); table != tables_.end();) {
    const bool runs = std::binary_search(pids.begin(), pids.end(), table->first);
    table = runs ? std::next(table) : forget(table);
  }
  pids.erase(std::remove_if(pids.begin(), pids.end(),
                            [&](Pid pid) { return !tables_.try_emplace(pid).second; }),
             pids.end());
  return pids;
}

/// Whatever sockets they have, they may have inherited: then those have an owner more.
void DescriptorBook::read_newcomers() {
  const auto newest = proc_.newest_pid();
  if (newest && newest == newest_pid_) return;
  newest_pid_ = newest;
  for (const Pid pid : list_processes()) read_process(pid, tables_.at(pid));
}

void DescriptorBook::note_sockets(const Table& table) {
  std::copy_if(table.slots.begin(), table.slots.end(), std::back_inserter(moved_), is_socket);
}

DescriptorBook::Tables::iterator DescriptorBook::forget(Tables::iterator table) {
  note_sockets(table->second);
  if (table->second.denied) --denied_;
  return tables_.erase(table);
}

std::vector<DescriptorBook::Holding> DescriptorBook::read_known(const NumberSet& wanted) {
  std::vector<Holding> held;
  for (auto& [pid, table] : tables_) {
    if (table.sockets == 0) continue;
    for (std::size_t at = 0; at < table.slots.size(); ++at) {
      if (!wanted.contains(table.slots[at])) continue;
      const Slot now = reread(pid, table, at, wanted);
      if (wanted.contains(now)) held.push_back({now, pid});
    }
  }
  sort_unique(held);
  return held;
}

/// The processes in which wanted sockets were met most lately come first.
void DescriptorBook::read_likely(Search& search) {
  ++searches_;
  std::vector<std::pair<std::uint64_t, Pid>> order;
  order.reserve(tables_.size());
  for (const auto& [pid, table] : tables_) order.emplace_back(searches_ - table.useful, pid);
  std::sort(order.begin(), order.end());
  for (auto next = order.begin(); next != order.end() && !search.is_over(); ++next) {
    Table& table = tables_.at(next->second);
    if (table.open == 0) continue;  // a kernel thread
    const std::size_t met_before = search.met.size();
    read_fleeting(next->second, table, search);
    read_free_slots(next->second, table, search);
    if (search.met.size() > met_before) table.useful = searches_;
  }
}

/// What is at a descriptor now. Sockets that came there or went from there are noted, but for
/// wanted ones, of which the search tells.
DescriptorBook::Slot DescriptorBook::reread(Pid pid, Table& table, std::size_t descriptor,
                                            const NumberSet& wanted) {
  const Slot before = slot_at(table.slots, descriptor);
  Slot now = read_slot(pid, descriptor);
  if (now == free_slot && before != free_slot && proc_.denies(pid, descriptor)) now = before;
  put(table, descriptor, now);
  if (wanted.contains(now) && table.program == 0) compare_program(pid, table);
  if (now == before) return now;
  if (is_socket(before)) moved_.push_back(before);
  if (!wanted.contains(now)) note_newcomer(table, descriptor, doubts_in_a_search);
  return now;
}

void DescriptorBook::read_wanted(Pid pid, Table& table, std::size_t descriptor, Search& search) {
  const Slot now = reread(pid, table, descriptor, search.wanted);
  if (!search.wanted.contains(now)) return;
  search.held.push_back({now, pid});
  if (search.missing.contains(now)) search.met.insert(now);
}

void DescriptorBook::read_fleeting(Pid pid, Table& table, Search& search) {
  for (const auto& [descriptor, doubts] : std::exchange(table.fleeting, {})) {
    const Slot before = slot_at(table.slots, descriptor);
    read_wanted(pid, table, descriptor, search);
    const bool is_same = before != free_slot && slot_at(table.slots, descriptor) == before;
    if (is_same && doubts > 1) table.fleeting[descriptor] = doubts - 1;
  }
}

/// What was opened has the lowest number that was free then: where a lower one is free now, it was
/// closed since. So each descriptor closed is worth one look that finds nothing.
void DescriptorBook::read_free_slots(Pid pid, Table& table, Search& search) {
  std::size_t in_vain = 0;
  std::size_t in_a_row = 0;
  const auto read = [&](std::size_t descriptor) {
    read_wanted(pid, table, descriptor, search);
    const bool is_free = slot_at(table.slots, descriptor) == free_slot;
    in_a_row = is_free ? in_a_row + 1 : 0;
    if (is_free) ++in_vain;
  };
  const std::size_t end = table.slots.size();
  const std::size_t closed = std::exchange(table.turnover, 0);
  const std::size_t granted = std::min(closed, search.patience);
  const std::size_t patience = granted + unseen(tables_.size());
  std::size_t at = 0;
  for (; at < end && in_a_row < patience && !search.is_over(); ++at) {
    if (table.slots[at] == free_slot) read(at);
  }
  search.patience -= std::min(search.patience, in_vain);
  if (search.is_over() || granted < closed) table.turnover += closed - std::min(closed, in_vain);
  if (at < end || in_a_row >= patience) return;
  in_a_row = 0;
  for (; in_a_row < std::min(patience, longest_gap) && !search.is_over(); ++at) read(at);
}

DescriptorBook::Slot DescriptorBook::read_slot(Pid pid, std::size_t descriptor) const {
  const auto inode = proc_.socket_at(pid, descriptor);
  return inode ? slot_for(*inode) : free_slot;
}

void DescriptorBook::release(const NumberSet& gone) {
  if (gone.empty()) return;
  for (auto& [pid, table] : tables_) {
    if (table.sockets == 0) continue;
    for (std::size_t at = 0; at < table.slots.size(); ++at) {
      if (!gone.contains(table.slots[at])) continue;
      put(table, at, free_slot);
    }
  }
}

std::size_t DescriptorBook::descriptors() const {
  return std::accumulate(
      tables_.begin(), tables_.end(), std::size_t{0},
      [](std::size_t sum, const Tables::value_type& table) { return sum + table.second.open; });
}

std::vector<Inode> DescriptorBook::compare(std::size_t processes, std::size_t descriptors) {
  if (full_reads_ > 0) read_newcomers();
  check_processes(processes);
  compare_slots(descriptors);
  std::vector<Inode> moved;
  moved.swap(moved_);
  std::sort(moved.begin(), moved.end());
  moved.erase(std::unique(moved.begin(), moved.end()), moved.end());
  return moved;
}

void DescriptorBook::check_processes(std::size_t count) {
  for (; count > 0 && !tables_.empty(); --count) {
    auto table = tables_.upper_bound(last_checked_);
    if (table == tables_.end()) table = tables_.begin();
    last_checked_ = table->first;
    if (!proc_.runs(table->first)) forget(table);
  }
}

/// Goes on where it stopped, and round at most once. Of each process one descriptor more is read
/// than it is known to have; gaps between those are not counted, so that a round is never longer.
void DescriptorBook::compare_slots(std::size_t budget) {
  auto table = tables_.lower_bound(compared_pid_);
  for (std::size_t left = tables_.size(); left > 0 && budget > 0; --left) {
    if (table == tables_.end()) table = tables_.begin();
    if (table->first != compared_pid_) next_slot_ = 0;
    compared_pid_ = table->first;
    if (next_slot_ == 0) compare_program(table->first, table->second);
    bool is_more = true;
    while (is_more && budget > 0) {
      const auto& slots = table->second.slots;
      const bool is_gap = next_slot_ < slots.size() && slots[next_slot_] == free_slot;
      if (!is_gap) --budget;
      is_more = compare_slot(table->first, table->second, next_slot_);
      next_slot_ = after(table->second, next_slot_);
    }
    if (is_more) return;
    compare_count(table->first, table->second);
    next_slot_ = 0;
    compared_pid_ = ++table == tables_.end() ? 0 : table->first;
  }
}

/// The next descriptor that is worth a look: of a row of free ones the first.
std::size_t DescriptorBook::after(const Table& table, std::size_t descriptor) {
  const auto& slots = table.slots;
  std::size_t next = descriptor + 1;
  while (next < slots.size() && slots[next - 1] == free_slot && slots[next] == free_slot) ++next;
  return next;
}

/// Not every free descriptor was looked at.
void DescriptorBook::compare_count(Pid pid, Table& table) {
  const auto open = proc_.count_descriptors(pid);
  if (open && *open != table.open) read_process(pid, table);
}

/// An exec keeps descriptors, and is another program.
void DescriptorBook::compare_program(Pid pid, Table& table) {
  if (table.sockets == 0) return;
  const auto stat = proc_.stat(pid);
  const std::uint64_t program = stat ? stat->start_code * 31 + stat->start_stack : 0;
  if (table.program != 0 && program != table.program) note_sockets(table);
  table.program = program;
}

/// Whether there may be more behind it.
bool DescriptorBook::compare_slot(Pid pid, Table& table, std::size_t descriptor) {
  const bool is_known = descriptor < table.slots.size();
  return reread(pid, table, descriptor, NumberSet()) != free_slot || is_known;
}

}  // namespace ttq
