// Directories, made with their mode.
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace ttq {

/// With those above it. mkdir(2) with its mode in one step: no moment at which others may look in.
/// One that is there stays as it is. False: errno says why.
bool make_directory(const std::filesystem::path& dir, mode_t mode);

}  // namespace ttq
