// Files that are read at once, since they are small or ought to be.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/unique_fd.h"
#include "ttq/result.h"

namespace ttq {

/// All of a file of at most `most` bytes (1 MiB).
Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t most = 1 << 20);
/// The same of one that is open, at its beginning.
Result<std::string> read_small_file(const UniqueFd& file, const std::filesystem::path& path,
                                    std::size_t most = 1 << 20);

}  // namespace ttq
