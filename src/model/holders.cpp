#include "ttq/holders.h"

#include <algorithm>
#include <cassert>

namespace ttq {
namespace {

std::vector<ProcessKey> keys_of(const std::vector<Owner>& owners) {
  std::vector<ProcessKey> keys;
  keys.reserve(owners.size());
  for (const Owner& owner : owners) keys.push_back(owner.key());
  return keys;
}

}  // namespace

void Holders::add(Inode inode, const std::vector<Owner>& owners) {
  assert(!owners.empty());
  assert(sets_by_inode_.empty() || sets_by_inode_.back().first < inode);
  const auto [set, is_new] = known_sets_.try_emplace(keys_of(owners), sets_.size());
  if (is_new) sets_.push_back(owners);
  sets_by_inode_.emplace_back(inode, set->second);
}

const std::vector<Owner>* Holders::of(Inode inode) const {
  const auto at = std::lower_bound(sets_by_inode_.begin(), sets_by_inode_.end(), inode,
                                   [](const std::pair<Inode, std::size_t>& entry, Inode wanted) {
                                     return entry.first < wanted;
                                   });
  if (at == sets_by_inode_.end() || at->first != inode) return nullptr;
  return &sets_[at->second];
}

}  // namespace ttq
