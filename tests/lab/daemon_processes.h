// The daemon's two processes, and others with children, as /proc tells of them.
#pragma once

#include <string>
#include <vector>

#include "lab/program.h"

namespace ttq::lab {

/// A line of /proc/PID/status, without its name; empty: there is no such line, or process.
std::string status_line(pid_t pid, const std::string& name);

/// Those that run, the first one forked first.
std::vector<pid_t> children_of(pid_t pid);

/// The process that answers; 0: there is none now.
pid_t server_of(const Program& collector);

}  // namespace ttq::lab
