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

std::vector<pid_t> children_of(pid_t pid) {
  const std::string id = std::to_string(pid);
  std::istringstream file(read_file("/proc/" + id + "/task/" + id + "/children"));
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

pid_t server_of(const Program& collector) {
  for (const pid_t child : children_of(collector.pid())) {
    if (status_line(child, "Name") == "ttracerd-server") return child;
  }
  return 0;
}

}  // namespace ttq::lab
