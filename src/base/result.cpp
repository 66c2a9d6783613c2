#include "ttq/result.h"

#include <cerrno>
#include <system_error>

namespace ttq {

Fault errno_fault(std::string_view what) { return errno_fault(what, errno); }

Fault errno_fault(std::string_view what, int error_number) {
  return Fault{std::string(what) + ": " + std::generic_category().message(error_number)};
}

}  // namespace ttq
