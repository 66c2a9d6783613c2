#include "flow/flow_sets.h"

#include <cassert>

namespace ttq {

FlowSetId FlowSets::take(const std::vector<FlowKey>& flows) {
  assert(!flows.empty());
  const auto [known, is_new] = ids_.try_emplace(flows);
  if (is_new && free_.empty()) {
    free_.push_back(static_cast<FlowSetId>(sets_.size()));
    sets_.emplace_back();
  }
  if (is_new) {
    known->second = free_.back();
    free_.pop_back();
    sets_[known->second].flows = flows;
  }
  ++sets_[known->second].users;
  return known->second;
}

void FlowSets::give_back(FlowSetId id) {
  Set& set = sets_[id];
  assert(set.users > 0);
  if (--set.users > 0) return;
  ids_.erase(set.flows);
  set = {};
  free_.push_back(id);
}

}  // namespace ttq
