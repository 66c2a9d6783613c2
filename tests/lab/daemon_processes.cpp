#include "lab/daemon_processes.h"

#include <sstream>

#include "base/text.h"

namespace ttq::lab {

std::string status_line(pid_t pid, const std::string& name) {
  std::istringstream file(read_file("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ":")) return std::string(trim(line.substr(name.size() + 1)));
  }
  return "";
}

pid_t server_of(const Program& collector) {
  const std::string pid = std::to_string(collector.pid());
  std::istringstream children(read_file("/proc/" + pid + "/task/" + pid + "/children"));
  for (pid_t child = 0; children >> child;) {
    if (status_line(child, "Name") == "ttracerd-server") return child;
  }
  return 0;
}

}  // namespace ttq::lab
