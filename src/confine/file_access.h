// Landlock (landlock(7), Linux 5.13 and later): which files this process, and the threads that it
// makes from then on, can still open, whatever user it is.
//
// Where the kernel knows how (6.12), signals and abstract UNIX sockets of processes outside are out
// of reach as well. What is open already stays so.
#pragma once

#include <filesystem>
#include <vector>

#include "ttq/result.h"

namespace ttq {

struct FileAccess {
  std::vector<std::filesystem::path> read;     ///< these files, or all beneath these directories
  std::vector<std::filesystem::path> write;    ///< all beneath: read, written, made and removed
  std::vector<std::filesystem::path> sockets;  ///< directories: UNIX sockets are made and removed
};

/// A path that is not there is left out. False: this kernel has no Landlock, and nothing changed.
/// REQUIRES: no_new_privs.
Result<bool> restrict_files(const FileAccess& access);

}  // namespace ttq
