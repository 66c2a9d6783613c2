// What udp_counter.cpp is where eBPF was not built in.
#include "probe/udp_counter.h"

namespace ttq {

class UdpCounter::Kernel {};

UdpCounter::UdpCounter(std::unique_ptr<Kernel> kernel) : kernel_(std::move(kernel)) {}
UdpCounter::UdpCounter(UdpCounter&&) noexcept = default;
UdpCounter& UdpCounter::operator=(UdpCounter&&) noexcept = default;
UdpCounter::~UdpCounter() = default;

Result<UdpCounter> UdpCounter::attach(const Scope& /*scope*/,
                                      std::span<const std::uint64_t> /*older*/) {
  return Fault{"this ttracerd was built without eBPF"};
}
bool UdpCounter::sees_all() const { return false; }
UdpCounter::Known UdpCounter::leave_to_looks(std::uint64_t /*cookie*/) { return Known::no; }
void UdpCounter::forget(std::uint64_t /*cookie*/) {}
Result<std::vector<FlowEvents>> UdpCounter::take() { return std::vector<FlowEvents>{}; }
std::uint64_t UdpCounter::lost() const { return 0; }

}  // namespace ttq
