// Files that are read at once, since they are small or ought to be. What is not a file (a FIFO, a
// socket, a device other than /dev/null) is a Fault and never waited for: who reads has others to
// serve.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "ttq/result.h"

namespace ttq {

/// All of a file of at most `most` bytes (1 MiB).
Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t most = 1 << 20);
/// The same. none: there is no such file.
Result<std::optional<std::string>> read_small_file_if_any(const std::filesystem::path& path,
                                                          std::size_t most = 1 << 20);
/// The same of one that is open, at its beginning.
Result<std::string> read_small_file(const UniqueFd& file, const std::filesystem::path& path,
                                    std::size_t most = 1 << 20);

}  // namespace ttq
