// The selection: which processes of a host are meant by a target.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "walk/roster.h"

namespace ttq {

struct Selection {
  std::vector<End> ends;           ///< all of them; a process may come several times
  std::set<ProcessKey> processes;  ///< whose flows are meant; the keys of unknown owners too
};

/// On host 0. What nobody is known to own is meant too, unless the target names a process.
Selection select(const HostRecord& record, const Target& target, const WalkQuery& query,
                 const WalkLimits& limits);

/// For when nothing was selected: a sentence that says why.
std::string why_nothing(const HostRecord& record, const Target& target, const WalkQuery& query,
                        const WalkLimits& limits);

}  // namespace ttq
