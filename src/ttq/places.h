// Whose files this program reads and writes, and where that user keeps them.
#pragma once

#include <filesystem>
#include <string>

#include "ttq/result.h"

namespace ttq {

/// $XDG_CONFIG_HOME/ttq, or ~/.config/ttq (XDG Base Directory Specification: a relative path there
/// is none). A Fault where neither is known.
Result<std::filesystem::path> config_directory();

/// The name of the user who runs this, or "uid-N" where that has none.
std::string user_name();

}  // namespace ttq
