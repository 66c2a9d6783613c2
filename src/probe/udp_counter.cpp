#include "probe/udp_counter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/socket.h>
#include <udp_events.skel.h>

#include <optional>

#include "base/cgroup_root.h"
#include "bpf/flow_event.h"
#include "probe/turning_tables.h"

namespace ttq {
namespace {

struct Destroy {
  void operator()(udp_events* skeleton) const { udp_events::destroy(skeleton); }
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

/// Since Linux 5.14; older headers do not tell it.
constexpr int so_netns_cookie = 71;

Result<std::uint64_t> own_netns_cookie() {
  const UniqueFd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  if (!any || ::getsockopt(any.get(), SOL_SOCKET, so_netns_cookie, &cookie, &size) != 0) {
    return errno_fault("ask for the cookie of our network namespace");
  }
  return cookie;
}

}  // namespace

class UdpCounter::Kernel {
 public:
  std::unique_ptr<udp_events, Destroy> object;
  std::vector<std::unique_ptr<bpf_link, Destroy>> links;
  std::optional<TurningTables> tables;
  bool sees_all = true;
};

UdpCounter::UdpCounter(std::unique_ptr<Kernel> kernel) : kernel_(std::move(kernel)) {}
UdpCounter::UdpCounter(UdpCounter&&) noexcept = default;
UdpCounter& UdpCounter::operator=(UdpCounter&&) noexcept = default;
UdpCounter::~UdpCounter() = default;

Result<UdpCounter> UdpCounter::attach(const Scope& scope, std::span<const std::uint64_t> older) {
  const auto root = open_cgroup_root(scope.mounts);
  if (!root) return root.error();
  const auto netns = own_netns_cookie();
  if (!netns) return netns.error();
  auto kernel = std::make_unique<Kernel>();
  kernel->object.reset(udp_events::open());
  if (!kernel->object) return errno_fault("open the counter of datagrams");
  kernel->object->rodata->own_netns_cookie = *netns;
  kernel->object->rodata->first_ephemeral = scope.first_ephemeral;
  kernel->object->rodata->last_ephemeral = scope.last_ephemeral;
  kernel->object->rodata->most_exchanges = scope.max_exchanges;
  kernel->object->bss->own_pid_level = scope.pid_level;
  auto& maps = kernel->object->maps;
  bpf_map__set_max_entries(maps.even, scope.max_flows);
  bpf_map__set_max_entries(maps.odd, scope.max_flows);
  bpf_map__set_max_entries(maps.older, static_cast<std::uint32_t>(older.size() + 1));
  for (bpf_map* map : {maps.exchanges, maps.callers, maps.visitors}) {
    bpf_map__set_max_entries(map, scope.max_exchanges);
  }
  if (udp_events::load(kernel->object.get()) != 0) {
    return errno_fault("load the counter of datagrams");
  }
  const std::uint8_t is_there = 1;
  for (const std::uint64_t cookie : older) {
    bpf_map_update_elem(bpf_map__fd(maps.older), &cookie, &is_there, BPF_ANY);
  }
  kernel->sees_all = root->is_host;
  const auto& programs = kernel->object->progs;
  for (bpf_program* program :
       {programs.on_send4, programs.on_send6, programs.on_receive4, programs.on_receive6,
        programs.on_connect4, programs.on_connect6, programs.on_release}) {
    kernel->links.emplace_back(bpf_program__attach_cgroup(program, root->directory.get()));
    if (!kernel->links.back()) return errno_fault("attach the counter of datagrams");
  }
  kernel->tables.emplace(bpf_map__fd(maps.even), bpf_map__fd(maps.odd),
                         bpf_map__fd(maps.open_table));
  return UdpCounter(std::move(kernel));
}

bool UdpCounter::sees_all() const { return kernel_->sees_all; }

/// It may end at any moment. What has ended between the two questions was counted.
UdpCounter::Known UdpCounter::leave_to_looks(std::uint64_t cookie) {
  const int calls = bpf_map__fd(kernel_->object->maps.calls);
  const int met = bpf_map__fd(kernel_->object->maps.met);
  const std::uint8_t is_met = 1;
  call made{};
  if (bpf_map_lookup_elem(calls, &cookie, &made) != 0) return Known::no;
  if (bpf_map_update_elem(met, &cookie, &is_met, BPF_ANY) != 0) return Known::no;
  if (bpf_map_lookup_elem(calls, &cookie, &made) != 0) return Known::no;
  return made.is_counted != 0 ? Known::counted : Known::yes;
}

/// What was connected, and may be merely disconnected, is forgotten by the kernel as it ends.
void UdpCounter::forget(std::uint64_t cookie) {
  call made{};
  if (bpf_map_lookup_elem(bpf_map__fd(kernel_->object->maps.calls), &cookie, &made) == 0) return;
  bpf_map_delete_elem(bpf_map__fd(kernel_->object->maps.met), &cookie);
}

Result<std::vector<FlowEvents>> UdpCounter::take() { return kernel_->tables->take(); }

std::uint64_t UdpCounter::lost() const { return kernel_->object->bss->lost; }

}  // namespace ttq
