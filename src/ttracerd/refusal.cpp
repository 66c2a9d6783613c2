#include "ttracerd/refusal.h"

#include <unistd.h>

#include <string>

#include "base/log.h"
#include "ttracerd/options.h"

namespace ttq {

Fault advise(const Fault& fault, std::string_view way_out) {
  const std::string root = ::geteuid() == 0 ? "" : "run as root, or ";
  return Fault{fault.message + " (" + root + std::string(way_out) + ")"};
}

int refuse(const Fault& fault) {
  log(LogLevel::error, "ttracerd: " + fault.message);
  return exit_fault;
}

}  // namespace ttq
