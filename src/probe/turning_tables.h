// Two tables of flows in the kernel that take turns (bpf/flow_table.h): while programs count in one
// of them, the other is emptied here.
#pragma once

#include <vector>

#include "ttq/flow_events.h"
#include "ttq/result.h"

namespace ttq {

class TurningTables {
 public:
  /// Descriptors of maps, which must stay open. `turnstile` holds the one that is counted in:
  /// `even`.
  TurningTables(int even, int odd, int turnstile)
      : open_(even), closed_(odd), turnstile_(turnstile) {}

  /// Changes them over, and takes what is in the one that was open. What could not be read stays
  /// there, and is told the next time but one.
  Result<std::vector<FlowEvents>> take();

 private:
  int open_;
  int closed_;
  int turnstile_;
};

}  // namespace ttq
