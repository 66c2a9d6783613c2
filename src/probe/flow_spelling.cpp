#include "probe/flow_spelling.h"

#include <array>
#include <cstring>
#include <string_view>

#include "base/text.h"

namespace ttq {
namespace {

Address any_v4() { return Address::v4(std::array<std::uint8_t, 4>{}); }

}  // namespace

EventFlow flow_of(const flow_id& id) {
  EventFlow flow;
  flow.role = (id.role & FLOW_ACTIVE) != 0 ? Role::active : Role::passive;
  flow.listen = {Protocol{id.protocol}, Address::v6(id.listen), id.port};
  flow.client = Address::v6(id.client);
  // A socket that takes both families has the wildcard of one.
  if (flow.client.is_v4() && flow.listen.address == Address{}) flow.listen.address = any_v4();
  if (flow.listen.address.is_v4() && flow.client == Address{}) flow.client = any_v4();
  flow.program = {.pid = id.pid, .start_time = id.start_time, .image = id.image};
  return flow;
}

namespace {

std::optional<Caller> caller_of(const flow_id& id, const flow_caller& caller) {
  const std::string_view name(caller.name, ::strnlen(caller.name, sizeof caller.name));
  if (name.empty()) return std::nullopt;
  return Caller{.mark = flow_of(id).program,
                .pgid = caller.pgid,
                .start_code = caller.start_code,
                .start_stack = caller.start_stack,
                .name = clean(name),
                .uid = caller.uid,
                .cgroup = caller.cgroup,
                .executable = {caller.executable, caller.device}};
}

}  // namespace

FlowEvents events_of(const flow_id& id, const flow_count& count) {
  FlowEvents events;
  events.flow = flow_of(id);
  events.caller = caller_of(id, count.caller);
  if ((id.role & FLOW_IS_GUESS) != 0) events.evidence = Evidence::port;
  events.datagrams = count.datagrams;
  events.opened = count.opened;
  events.failed = count.failed;
  events.closed = count.closed;
  events.taken_ended = count.taken_ended;
  events.peak = static_cast<std::uint64_t>(count.peak);
  events.traffic = {.attempts = count.attempts,
                    .bytes_sent = count.bytes_sent,
                    .bytes_received = count.bytes_received,
                    .retransmits = count.retransmits,
                    .rtt_us_sum = count.rtt_us_sum,
                    .rtt_count = count.rtt_count};
  return events;
}

}  // namespace ttq
