// The guardian of a lab: a process that outlives the test for as long as it takes to clear up.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "base/unique_fd.h"

namespace ttq::lab {

struct Guardian {
  pid_t pid = -1;
  UniqueFd leash;  ///< it acts when this closes
};

/// Guards every network namespace whose name begins with `prefix`, and the directory.
Guardian post_guardian(const std::string& prefix, const std::filesystem::path& dir);

}  // namespace ttq::lab
