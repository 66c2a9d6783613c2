// The process that has the store and answers. It sees nothing of the host's sockets, and all of the
// network; so it has no right that its user has not, and can start nothing and call nobody.
#pragma once

#include <optional>

#include "confine/identity.h"
#include "ttracerd/config.h"
#include "ttracerd/server_process.h"

namespace ttq {

/// Writes what the collector tells and answers questions, until the collector has gone. Returns the
/// exit status. REQUIRES: no other thread.
int serve(const Config& config, const std::optional<Identity>& user, ServerEnds ends);

/// Whether a server would find what it needs: with no more rights than one, and touching nothing
/// that a server has which runs meanwhile. Says that it is ready, or why not, and ends.
int rehearse(const Config& config, const std::optional<Identity>& user, ServerEnds ends);

}  // namespace ttq
