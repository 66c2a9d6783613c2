// Flow sets: the flows that a connection counts for, one for each of its owners, the same but for
// the process. Thousands of connections share one set, so each of them holds a number only.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "ttq/flow.h"

namespace ttq {

using FlowSetId = std::uint32_t;

class FlowSets {
 public:
  /// For one more connection. REQUIRES: not empty.
  FlowSetId take(const std::vector<FlowKey>& flows);
  /// One connection fewer has it. A set that nobody has is forgotten.
  void give_back(FlowSetId id);

  [[nodiscard]] const std::vector<FlowKey>& operator[](FlowSetId id) const {
    return sets_[id].flows;
  }

 private:
  struct Set {
    std::vector<FlowKey> flows;
    std::uint32_t users = 0;
  };

  std::vector<Set> sets_;
  std::vector<FlowSetId> free_;
  std::map<std::vector<FlowKey>, FlowSetId> ids_;
};

}  // namespace ttq
