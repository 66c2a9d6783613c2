// What flow_counter.cpp is where eBPF was not built in.
#include "probe/flow_counter.h"

namespace ttq {

class FlowCounter::Kernel {};

FlowCounter::FlowCounter(std::unique_ptr<Kernel> kernel) : kernel_(std::move(kernel)) {}
FlowCounter::FlowCounter(FlowCounter&&) noexcept = default;
FlowCounter& FlowCounter::operator=(FlowCounter&&) noexcept = default;
FlowCounter::~FlowCounter() = default;

Result<FlowCounter> FlowCounter::attach(NetNs /*netns*/, const Room& /*room*/) {
  return Fault{"this ttracerd was built without eBPF"};
}
Result<FlowCounter::Standing> FlowCounter::take_over(std::size_t /*most*/) { return Standing{}; }
Result<std::vector<FlowEvents>> FlowCounter::take() { return std::vector<FlowEvents>{}; }
std::uint64_t FlowCounter::lost() const { return 0; }
std::uint32_t FlowCounter::pid_level() const { return 0; }

}  // namespace ttq
