#include "ttracerd/refusal.h"

#include <sys/auxv.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/log.h"
#include "ttracerd/options.h"

namespace ttq {

Fault advise(const Fault& fault, std::string_view way_out) {
  const bool was_root = ::getauxval(AT_EUID) == 0;  // at the start, whoever it runs as by now
  const bool is_denied = fault.message.ends_with(std::strerror(EACCES)) ||
                         fault.message.ends_with(std::strerror(EPERM));
  const std::string root = was_root || !is_denied ? "" : "run as root, or ";
  return Fault{fault.message + " (" + root + std::string(way_out) + ")"};
}

int refuse(const Fault& fault) {
  log(LogLevel::error, "ttracerd: " + fault.message);
  return exit_fault;
}

}  // namespace ttq
