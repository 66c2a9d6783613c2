#include "probe/turning_tables.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <utility>

#include "probe/flow_spelling.h"

namespace ttq {

/// Once they are changed over, which waits for whoever is counting, nobody writes to the one that
/// was open.
Result<std::vector<FlowEvents>> TurningTables::take() {
  constexpr std::uint32_t batch = 256;
  const std::uint32_t first = 0;
  if (bpf_map_update_elem(turnstile_, &first, &closed_, BPF_ANY) != 0) {
    return errno_fault("change over to the other table of flows");
  }
  std::swap(open_, closed_);

  std::vector<FlowEvents> events;
  std::vector<flow_id> ids(batch);
  std::vector<flow_count> counts(batch);
  std::uint32_t place = 0;
  for (bool begins = true;; begins = false) {
    std::uint32_t count = batch;
    const int error = bpf_map_lookup_and_delete_batch(closed_, begins ? nullptr : &place, &place,
                                                      ids.data(), counts.data(), &count, nullptr);
    if (error != 0 && error != -ENOENT && events.empty()) return errno_fault("read the flows");
    for (std::uint32_t at = 0; at < count; ++at) events.push_back(events_of(ids[at], counts[at]));
    if (error != 0) return events;
  }
}

}  // namespace ttq
