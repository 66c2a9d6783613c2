// A child process, when it has ended.
#pragma once

#include <sys/types.h>

#include <optional>

namespace ttq {

/// How it ended, as a shell says it: its exit status, or 128 and the signal. None: it runs. Once:
/// it is gone then (waitpid(2)).
std::optional<int> reap(pid_t pid);

}  // namespace ttq
