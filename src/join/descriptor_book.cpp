#include "join/descriptor_book.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>

namespace ttq {
namespace {

/// So many free descriptors in a row say that there is nothing new: more of them in a process that
/// opens and closes many, since it may have closed what it opened last.
std::size_t patience(std::size_t turnover) { return 1 + std::min<std::size_t>(turnover, 64); }

bool is_in(const std::vector<Inode>& sorted, Inode inode) {
  return std::binary_search(sorted.begin(), sorted.end(), inode);
}

}  // namespace

/// A number that sock_diag could not tell is nobody's that anyone would ask for.
DescriptorBook::Slot DescriptorBook::slot_for(Inode inode) {
  const bool is_socket = inode != 0 && inode <= std::numeric_limits<Slot>::max();
  return is_socket ? static_cast<Slot>(inode) : other_file;
}

void DescriptorBook::put(Table& table, std::size_t descriptor, Slot slot) {
  if (descriptor >= table.slots.size()) {
    if (slot == free_slot) return;
    table.slots.resize(descriptor + 1, free_slot);
  }
  Slot& here = table.slots[descriptor];
  const auto count = [](bool is_one) -> std::size_t { return is_one ? 1 : 0; };
  table.sockets = table.sockets + count(is_socket(slot)) - count(is_socket(here));
  table.open = table.open + count(slot != free_slot) - count(here != free_slot);
  here = slot;
}

void DescriptorBook::read_process(Pid pid, Table& table) {
  for (std::size_t at = 0; at < table.slots.size(); ++at) put(table, at, free_slot);
  table.slots.clear();
  const auto access = proc_.each_descriptor(
      pid, [&](std::size_t descriptor, Inode inode) { put(table, descriptor, slot_for(inode)); });
  table.slots.shrink_to_fit();
  table.program = 0;
  compare_program(pid, table);
  const bool denied = access == Access::denied;
  if (denied != table.denied) denied ? ++denied_ : --denied_;
  table.denied = denied;
  if (access == Access::gone) ++vanished_;
}

void DescriptorBook::read_all() {
  ++full_reads_;
  newest_pid_.reset();
  read_newcomers();
  for (auto& [pid, table] : tables_) {
    if (table.read_at != full_reads_) read_process(pid, table);
    table.read_at = full_reads_;
  }
  if (full_reads_ == 1) moved_.clear();  // they were nowhere before
}

void DescriptorBook::read_newcomers() {
  const auto newest = proc_.newest_pid();
  if (newest && newest == newest_pid_) return;
  newest_pid_ = newest;
  std::vector<Pid> pids = proc_.pids();
  std::sort(pids.begin(), pids.end());
  for (auto table = tables_.begin(); table != tables_.end();) {
    const bool runs = std::binary_search(pids.begin(), pids.end(), table->first);
    table = runs ? std::next(table) : forget(table);
  }
  for (const Pid pid : pids) {
    const auto [table, is_new] = tables_.try_emplace(pid);
    if (!is_new) continue;
    read_process(pid, table->second);
    table->second.read_at = full_reads_;
    note_sockets(table->second);  // it may have inherited them: then they have an owner more
  }
}

void DescriptorBook::note_sockets(const Table& table) {
  std::copy_if(table.slots.begin(), table.slots.end(), std::back_inserter(moved_), is_socket);
}

DescriptorBook::Tables::iterator DescriptorBook::forget(Tables::iterator table) {
  note_sockets(table->second);
  if (table->second.denied) --denied_;
  return tables_.erase(table);
}

void DescriptorBook::read_known(const std::vector<Inode>& wanted) {
  for (auto& [pid, table] : tables_) {
    if (table.sockets == 0) continue;
    for (std::size_t at = 0; at < table.slots.size(); ++at) {
      if (is_in(wanted, table.slots[at])) put(table, at, read_slot(pid, at));
    }
  }
}

/// The processes in which wanted sockets were met most lately come first.
void DescriptorBook::read_likely(const std::vector<Inode>& wanted) {
  ++searches_;
  std::vector<std::pair<std::uint64_t, Pid>> order;
  order.reserve(tables_.size());
  for (const auto& [pid, table] : tables_) order.emplace_back(searches_ - table.useful, pid);
  std::sort(order.begin(), order.end());
  std::size_t missing = wanted.size();
  for (auto next = order.begin(); next != order.end() && missing > 0; ++next) {
    Table& table = tables_.at(next->second);
    const std::size_t met = read_free_slots(next->second, table, wanted);
    if (met > 0) table.useful = searches_;
    missing -= std::min(missing, met);
  }
}

/// Returns how many wanted sockets it met.
std::size_t DescriptorBook::read_free_slots(Pid pid, Table& table,
                                            const std::vector<Inode>& wanted) {
  std::size_t met = 0;
  const auto read_is_free = [&](std::size_t descriptor) {
    const Slot slot = read_slot(pid, descriptor);
    put(table, descriptor, slot);
    if (is_in(wanted, slot)) ++met;
    return slot == free_slot;
  };
  const std::size_t end = table.slots.size();
  const std::size_t enough = patience(table.turnover);
  table.turnover = 0;
  std::size_t in_a_row = 0;
  for (std::size_t at = 0; at < end && in_a_row < enough; ++at) {
    if (table.slots[at] == free_slot) in_a_row = read_is_free(at) ? in_a_row + 1 : 0;
  }
  in_a_row = 0;
  for (std::size_t at = end; in_a_row < enough; ++at)
    in_a_row = read_is_free(at) ? in_a_row + 1 : 0;
  return met;
}

DescriptorBook::Slot DescriptorBook::read_slot(Pid pid, std::size_t descriptor) const {
  const auto inode = proc_.socket_at(pid, descriptor);
  return inode ? slot_for(*inode) : free_slot;
}

void DescriptorBook::release(const std::vector<Inode>& gone) {
  if (gone.empty()) return;
  for (auto& [pid, table] : tables_) {
    if (table.sockets == 0) continue;
    for (std::size_t at = 0; at < table.slots.size(); ++at) {
      if (!is_in(gone, table.slots[at])) continue;
      put(table, at, free_slot);
      ++table.turnover;
    }
  }
}

std::vector<DescriptorBook::Holding> DescriptorBook::holders_of(
    const std::vector<Inode>& wanted) const {
  std::vector<Holding> holdings;
  for (const auto& [pid, table] : tables_) {
    if (table.sockets == 0) continue;
    for (const Slot slot : table.slots) {
      if (is_in(wanted, slot)) holdings.push_back({slot, pid});
    }
  }
  std::sort(holdings.begin(), holdings.end());
  holdings.erase(std::unique(holdings.begin(), holdings.end()), holdings.end());
  return holdings;
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
/// than it is known to have.
void DescriptorBook::compare_slots(std::size_t budget) {
  auto table = tables_.lower_bound(compared_pid_);
  for (std::size_t left = tables_.size(); left > 0 && budget > 0; --left) {
    if (table == tables_.end()) table = tables_.begin();
    if (table->first != compared_pid_) next_slot_ = 0;
    compared_pid_ = table->first;
    if (next_slot_ == 0) compare_program(table->first, table->second);
    bool is_more = true;
    for (; is_more && budget > 0; --budget) {
      is_more = compare_slot(table->first, table->second, next_slot_);
      next_slot_ = after(table->second, next_slot_);
    }
    if (is_more) return;
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
  const Slot before = is_known ? table.slots[descriptor] : free_slot;
  const Slot now = read_slot(pid, descriptor);
  if (now == before) return is_known;
  if (is_socket(before)) moved_.push_back(before);
  if (is_socket(now)) moved_.push_back(now);
  put(table, descriptor, now);
  return true;
}

}  // namespace ttq
