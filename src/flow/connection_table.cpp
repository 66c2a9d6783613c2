#include "flow/connection_table.h"

#include <bit>
#include <cassert>

namespace ttq {

ConnectionTable::Slot ConnectionTable::home_of(std::uint64_t cookie) const {
  constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ULL;  // cookies are counted up: spread them
  const int bits = std::countr_zero(index_.size());
  return static_cast<Slot>((cookie * golden) >> static_cast<unsigned>(64 - bits));
}

ConnectionTable::Slot ConnectionTable::slot_of(std::uint64_t cookie) const {
  const std::size_t mask = index_.size() - 1;
  Slot slot = home_of(cookie);
  while (index_[slot] != 0 && entries_[index_[slot] - 1].cookie != cookie) slot = (slot + 1) & mask;
  return slot;
}

Connection* ConnectionTable::find(std::uint64_t cookie) {
  if (expected_ >= entries_.size() || entries_[expected_].cookie != cookie) {
    const std::uint32_t found = index_[slot_of(cookie)];
    if (found == 0) return nullptr;
    expected_ = found - 1;
  }
  return &entries_[expected_++];
}

void ConnectionTable::add(const Connection& connection) {
  if ((entries_.size() + 1) * 4 > index_.size() * 3) grow();
  const Slot slot = slot_of(connection.cookie);
  assert(index_[slot] == 0);
  entries_.push_back(connection);
  index_[slot] = static_cast<std::uint32_t>(entries_.size());
}

void ConnectionTable::grow() {
  index_.assign(index_.size() * 2, 0);
  for (std::size_t entry = 0; entry < entries_.size(); ++entry) {
    index_[slot_of(entries_[entry].cookie)] = static_cast<std::uint32_t>(entry + 1);
  }
}

/// The last entry takes its place, so that the others stay where they are.
void ConnectionTable::erase(std::size_t entry) {
  const Slot gap = slot_of(entries_[entry].cookie);
  const Slot last = slot_of(entries_.back().cookie);
  index_[last] = static_cast<std::uint32_t>(entry + 1);
  index_[gap] = 0;
  entries_[entry] = entries_.back();
  entries_.pop_back();
  close_gap(gap);
}

/// Those behind the gap that would have been placed in it or before it move up (Knuth, TAOCP 3,
/// 6.4, algorithm R), so that a search may end at the first empty slot.
void ConnectionTable::close_gap(Slot gap) {
  const std::size_t mask = index_.size() - 1;
  for (Slot slot = (gap + 1) & mask; index_[slot] != 0; slot = (slot + 1) & mask) {
    const Slot home = home_of(entries_[index_[slot] - 1].cookie);
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
    index_[gap] = index_[slot];
    index_[slot] = 0;
    gap = slot;
  }
}

}  // namespace ttq
