// The caveats: what a reader must know to read the graph rightly. Their codes are in ttq-report(7).
#pragma once

#include <vector>

#include "walk/roster.h"
#include "walk/stitch.h"

namespace ttq {

/// Of the hosts themselves: their state, what they were watched of, who else claims to be them.
std::vector<Warning> caveats_of_hosts(const std::vector<HostRecord>& records, const Span& span);

/// Of ends that are no process: not confirmed by the other host, of an unknown owner, or where
/// nobody may be asked.
std::vector<Warning> caveats_of_joints(const std::vector<const Joint*>& joints,
                                       const std::vector<HostRecord>& records,
                                       const WalkLimits& limits);

/// Who depends on a process that serves over UDP cannot all be known from its side: a socket that
/// was never connected names no peer (trap 12). none: this process serves nobody that way.
std::optional<Warning> caveat_of_senders(const HostRecord& record, const ProcessKey& process,
                                         std::optional<std::uint16_t> port);

/// Whether something is missing for certain, or may be.
bool makes_incomplete(const Warning& warning);

}  // namespace ttq
