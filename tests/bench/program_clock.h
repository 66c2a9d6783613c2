// What a program costs, as the kernel counts it: CPU of all its threads, those that have ended
// included, and memory; and how many connections its host has seen.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string_view>

namespace ttq::bench {

using Nanoseconds = std::chrono::nanoseconds;

/// CPU that the process and its children have used so far, those that it waited for left out
/// (CLOCK_PROCESS_CPUTIME_ID of each: the scheduler's own sum, in nanoseconds, not the timer's
/// ticks that /proc/PID/stat rounds to).
Nanoseconds cpu_of(pid_t pid);

/// CPU of our children that were waited for.
Nanoseconds cpu_of_ended_children();
/// CPU of that process's children that it waited for, to 10 ms.
Nanoseconds cpu_of_children(pid_t pid);

/// Of the process and its children, in bytes: what they have in memory, a page that several share
/// divided among them (Pss in /proc/PID/smaps_rollup).
double memory_of(pid_t pid);
/// The most that each ever had ("VmHWM"), added up: what they share counts for each.
double peak_memory_of(pid_t pid);

/// "PassiveOpens", "ActiveOpens": TCP's counters in the network namespace of that process.
double tcp_counter(pid_t pid, std::string_view name);

}  // namespace ttq::bench
