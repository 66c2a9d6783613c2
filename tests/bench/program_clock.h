// What a program costs, as the kernel counts it: CPU of all its threads, those that have ended
// included, and memory; and how many connections its host has seen.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string_view>

namespace ttq::bench {

using Nanoseconds = std::chrono::nanoseconds;

/// CPU that the process has used so far (CLOCK_PROCESS_CPUTIME_ID of that process: the scheduler's
/// own sum, in nanoseconds, not the timer's ticks that /proc/PID/stat rounds to).
Nanoseconds cpu_of(pid_t pid);

/// CPU of our children that were waited for.
Nanoseconds cpu_of_ended_children();
/// CPU of that process's children that it waited for, to 10 ms.
Nanoseconds cpu_of_children(pid_t pid);

/// "VmRSS", "VmHWM" of /proc/PID/status, in bytes.
double memory_of(pid_t pid, std::string_view field);

/// "PassiveOpens", "ActiveOpens": TCP's counters in the network namespace of that process.
double tcp_counter(pid_t pid, std::string_view name);

}  // namespace ttq::bench
