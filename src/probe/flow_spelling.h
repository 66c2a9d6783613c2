// What BPF programs tell of flows, in our words.
#pragma once

#include "bpf/flow_event.h"
#include "ttq/flow_events.h"

namespace ttq {

EventFlow flow_of(const flow_id& id);
FlowEvents events_of(const flow_id& id, const flow_count& count);

}  // namespace ttq
