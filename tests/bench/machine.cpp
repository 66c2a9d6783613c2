#include "bench/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <sstream>

#include "lab/daemon.h"
#include "lab/program.h"

namespace ttq::bench {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// What follows "name" and its separator in a file of such lines.
std::string field(const std::string& path, const std::string& name) {
  std::istringstream lines(lab::read_file(path));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name)) continue;
    const auto value = line.find_first_not_of(" \t:=\"", name.size());
    return value == line.npos ? "" : line.substr(value, line.find_last_not_of('"') + 1 - value);
  }
  return "unknown";
}

std::string processor() {
  return field("/proc/cpuinfo", "model name") + ", " +
         std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) + " cores";
}

std::string memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long mebibytes = pages / 1024 * ::sysconf(_SC_PAGESIZE) / 1024;
  return std::to_string((mebibytes + 512) / 1024) + " GiB";
}

std::string system_name() {
  utsname name{};
  ::uname(&name);
  return field("/etc/os-release", "PRETTY_NAME") + ", Linux " + name.release + ", " + name.machine;
}

/// The words from `begin` on, of the first line that has it; programs say versions in many ways.
std::string version(const lab::Argv& command, const std::string& begin) {
  const lab::Outcome said = lab::run(command);
  std::istringstream lines(said.out + said.err);
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(begin);
    if (at != line.npos) return line.substr(at, line.find(" [", at) - at);
  }
  return "unknown";
}

std::string load() {
  std::istringstream words(lab::read_file("/proc/loadavg"));
  std::string minute;
  std::string five_minutes;
  words >> minute >> five_minutes;
  return minute + " in the last minute, " + five_minutes + " in the last five";
}

std::string date() { return first_line(lab::run({"date", "-u", "+%Y-%m-%d %H:%M UTC"}).out); }

}  // namespace

Facts machine_facts() {
  return {{"date", date()},
          {"processor", processor()},
          {"memory", memory()},
          {"system", system_name()},
          {"load before", load()},
          {"under test", version({lab::ttracerd_program(), "--version"}, "ttracerd") + ", " +
                             version({lab::ttq_program(), "--version"}, "ttq")},
          {"beside it", version({"nginx", "-v"}, "nginx/") + "; " + version({"wrk", "-v"}, "wrk") +
                            "; " + version({"ss", "-V"}, "iproute2") + "; lsof " +
                            version({"lsof", "-v"}, "revision") + "; " +
                            version({"iptables", "--version"}, "iptables") + "; " +
                            version({"bpftrace", "--version"}, "bpftrace")}};
}

}  // namespace ttq::bench
