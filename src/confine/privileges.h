// What a process may do that others may not: user, capabilities, and never getting them back.
//
// Of capabilities(7) the collector keeps those that its probe needs, and the server none. A process
// that changes from root to another user loses them all, unless it asks to keep them for the moment
// (PR_SET_KEEPCAPS). The bounding set goes, too, and so does what execve(2) could give
// (no_new_privs). Whoever has changed its user can be looked into by nobody of that user: the
// kernel sees to that itself (PR_SET_DUMPABLE in prctl(2)).
#pragma once

#include <optional>
#include <vector>

#include "confine/identity.h"
#include "ttq/result.h"

namespace ttq {

/// Numbers of <linux/capability.h>. One that the process has not got is not kept either.
using Capabilities = std::vector<int>;

/// Becomes `user`, where it is root and there is one, and keeps these capabilities alone, for good.
/// REQUIRES: no other thread.
Result<void> shed_privileges(const std::optional<Identity>& user, const Capabilities& kept);

/// Keeps these alone of what is left.
Result<void> keep_only(const Capabilities& kept);

}  // namespace ttq
