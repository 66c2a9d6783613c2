#include "probe/flow_spelling.h"

#include <cstring>
#include <string_view>

#include "base/text.h"

namespace ttq {
namespace {

std::optional<Caller> caller_of(const ProgramMark& mark, const flow_caller& caller) {
  const std::string_view name(caller.name, ::strnlen(caller.name, sizeof caller.name));
  if (name.empty()) return std::nullopt;
  return Caller{.mark = mark,
                .pgid = caller.pgid,
                .start_code = caller.start_code,
                .start_stack = caller.start_stack,
                .name = clean(name),
                .uid = caller.uid,
                .cgroup = caller.cgroup,
                .executable = {caller.executable, caller.device}};
}

}  // namespace

EventFlow flow_of(const flow_id& id) {
  EventFlow flow;
  flow.role = (id.role & FLOW_ACTIVE) != 0 ? Role::active : Role::passive;
  flow.listen = {Protocol{id.protocol}, Address::v6(id.listen), id.port};
  flow.client = Address::v6(id.client);
  // A socket that takes both families has the wildcard of one.
  if (flow.listen.address == Address{}) flow.listen.address = flow.client.wildcard();
  if (flow.client == Address{}) flow.client = flow.listen.address.wildcard();
  flow.program = {.pid = id.pid, .start_time = id.start_time, .image = id.image};
  return flow;
}

FlowEvents events_of(const flow_id& id, const flow_count& count) {
  FlowEvents events;
  events.flow = flow_of(id);
  events.caller = caller_of(events.flow.program, count.caller);
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
