#include "bench/program_clock.h"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <sstream>
#include <string>
#include <vector>

#include "lab/daemon_processes.h"
#include "lab/program.h"

namespace ttq::bench {
namespace {

Nanoseconds duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

/// A process and its children.
std::vector<pid_t> family_of(pid_t pid) {
  std::vector<pid_t> family = lab::children_of(pid);
  family.push_back(pid);
  return family;
}

Nanoseconds cpu_of_one(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    lab::give_up("a program that was to be measured has ended");
  }
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

/// Kibibytes in a line of a file of its directory in /proc, in bytes.
double bytes_in(pid_t pid, std::string_view file, std::string_view field) {
  std::istringstream lines(
      lab::read_file("/proc/" + std::to_string(pid) + "/" + std::string(file)));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(std::string(field) + ":")) continue;
    std::istringstream words(line.substr(field.size() + 1));
    double kibibytes = 0;
    words >> kibibytes;
    return kibibytes * 1024;
  }
  return 0;
}

}  // namespace

Nanoseconds cpu_of(pid_t pid) {
  Nanoseconds sum{0};
  for (const pid_t each : family_of(pid)) sum += cpu_of_one(each);
  return sum;
}

Nanoseconds cpu_of_ended_children() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return duration_of(usage.ru_utime) + duration_of(usage.ru_stime);
}

/// proc(5): cutime and cstime are the 16th and 17th field, and the 2nd may hold blanks.
Nanoseconds cpu_of_children(pid_t pid) {
  const std::string text = lab::read_file("/proc/" + std::to_string(pid) + "/stat");
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 16; ++field) fields >> skipped;
  std::int64_t user = 0;
  std::int64_t system = 0;
  fields >> user >> system;
  return std::chrono::nanoseconds(std::chrono::seconds(user + system)) / ::sysconf(_SC_CLK_TCK);
}

double memory_of(pid_t pid) {
  double sum = 0;
  for (const pid_t each : family_of(pid)) sum += bytes_in(each, "smaps_rollup", "Pss");
  return sum;
}

double peak_memory_of(pid_t pid) {
  double sum = 0;
  for (const pid_t each : family_of(pid)) sum += bytes_in(each, "status", "VmHWM");
  return sum;
}

/// Two lines, "Tcp: NAME..." and "Tcp: VALUE...".
double tcp_counter(pid_t pid, std::string_view name) {
  std::istringstream lines(lab::read_file("/proc/" + std::to_string(pid) + "/net/snmp"));
  std::vector<std::istringstream> found;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("Tcp: ")) found.emplace_back(line.substr(5));
  }
  if (found.size() != 2) return 0;
  std::string heading;
  double value = 0;
  while (found[0] >> heading && found[1] >> value) {
    if (heading == name) return value;
  }
  return 0;
}

}  // namespace ttq::bench
