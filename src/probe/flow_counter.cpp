#include "probe/flow_counter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <flow_events.skel.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/unique_fd.h"
#include "bpf/flow_event.h"
#include "probe/flow_spelling.h"
#include "probe/turning_tables.h"

namespace ttq {
namespace {

/// Records that are read at once.
constexpr std::size_t batch = 256;

struct Destroy {
  void operator()(flow_events* skeleton) const { flow_events::destroy(skeleton); }
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

/// Of whose course there is room: one in 128 KiB of memory.
std::uint32_t most_sockets() {
  constexpr long least = 1L << 14;
  constexpr long most = 1L << 20;
  const long in_memory = ::sysconf(_SC_PHYS_PAGES) * (::sysconf(_SC_PAGE_SIZE) / 1024) / 128;
  return static_cast<std::uint32_t>(std::clamp(in_memory, least, most));
}

}  // namespace

class FlowCounter::Kernel {
 public:
  std::unique_ptr<flow_events, Destroy> object;
  std::unique_ptr<bpf_link, Destroy> standing;
  std::unique_ptr<bpf_link, Destroy> states;
  std::optional<TurningTables> tables;
};

FlowCounter::FlowCounter(std::unique_ptr<Kernel> kernel) : kernel_(std::move(kernel)) {}
FlowCounter::FlowCounter(FlowCounter&&) noexcept = default;
FlowCounter& FlowCounter::operator=(FlowCounter&&) noexcept = default;
FlowCounter::~FlowCounter() = default;

Result<FlowCounter> FlowCounter::attach(NetNs netns, const Room& room) {
  libbpf_set_print(nullptr);  // it tells pages where one line is wanted
  auto kernel = std::make_unique<Kernel>();
  kernel->object.reset(flow_events::open());
  if (!kernel->object) return errno_fault("open the counter of connections");
  kernel->object->rodata->own_netns = static_cast<std::uint32_t>(netns);
  kernel->object->rodata->last_place = room.places - 1;
  const auto& maps = kernel->object->maps;
  bpf_map__set_max_entries(maps.even, room.flows);
  bpf_map__set_max_entries(maps.odd, room.flows);
  bpf_map__set_max_entries(maps.places, room.places);
  bpf_map__set_max_entries(maps.courses, most_sockets());
  if (flow_events::load(kernel->object.get()) != 0) {
    return errno_fault("load the counter of connections");
  }
  kernel->standing.reset(bpf_program__attach_iter(kernel->object->progs.tell_standing, nullptr));
  if (!kernel->standing) return errno_fault("attach the iterator of connections");
  kernel->tables.emplace(bpf_map__fd(maps.even), bpf_map__fd(maps.odd),
                         bpf_map__fd(maps.open_table));
  FlowCounter counter(std::move(kernel));
  // In the namespace of whoever looks, which has to be known before the first event.
  if (auto looked = counter.take_over(0); !looked) return looked.error();
  counter.kernel_->states.reset(bpf_program__attach(counter.kernel_->object->progs.on_state));
  if (!counter.kernel_->states) return errno_fault("attach the counter of connections");
  return counter;
}

Result<FlowCounter::Standing> FlowCounter::take_over(std::size_t most) {
  kernel_->object->bss->room = most;
  ++kernel_->object->bss->look;
  const UniqueFd told(bpf_iter_create(bpf_link__fd(kernel_->standing.get())));
  if (!told) return errno_fault("start the iterator of connections");
  Standing standing;
  std::array<flow_standing, batch> records{};
  for (;;) {
    const ssize_t size = ::read(told.get(), records.data(), sizeof records);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size < 0) return errno_fault("read the connections that stand");
    if (size == 0) return standing;
    const std::size_t count = static_cast<std::size_t>(size) / sizeof(flow_standing);
    for (std::size_t at = 0; at < count; ++at) {
      const flow_standing& one = records[at];
      if (one.stage != TAKEN_OVER) {
        standing.others.push_back({one.cookie, flow_of(one.flow), one.stage == ASKED});
        continue;
      }
      const std::chrono::nanoseconds age(one.age);
      standing.taken_over.push_back(
          {one.cookie, flow_of(one.flow), std::chrono::floor<Duration>(age)});
    }
  }
}

Result<std::vector<FlowEvents>> FlowCounter::take() { return kernel_->tables->take(); }

std::uint32_t FlowCounter::pid_level() const { return kernel_->object->bss->own_pid_level; }

std::uint64_t FlowCounter::lost() const {
  bpf_prog_info program{};
  std::uint32_t size = sizeof program;
  const int fd = bpf_program__fd(kernel_->object->progs.on_state);
  const bool is_told = bpf_obj_get_info_by_fd(fd, &program, &size) == 0;
  return kernel_->object->bss->lost + (is_told ? program.recursion_misses : 0);
}

}  // namespace ttq
