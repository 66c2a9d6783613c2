#include "base/directory.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace ttq {

bool make_directory(const std::filesystem::path& dir, mode_t mode) {
  std::error_code failed;
  std::filesystem::create_directories(dir.parent_path(), failed);  // what failed, mkdir will say
  return ::mkdir(dir.c_str(), mode) == 0 || errno == EEXIST;
}

}  // namespace ttq
