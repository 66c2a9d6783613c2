#include "base/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ttq {
namespace {

Fault no_file(const std::filesystem::path& path) {
  return Fault{path.string() + ": is not a file"};
}

/// Without waiting for somebody who writes into a FIFO (open(2)).
UniqueFd open_at_once(const std::filesystem::path& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

/// REQUIRES: errno is that of the opening. A socket cannot be opened: ENXIO.
Fault fault_of_opening(const std::filesystem::path& path) {
  return errno == ENXIO ? no_file(path) : errno_fault(path.string());
}

/// /dev/null is how a user spells a file with nothing in it (Documentation/admin-guide/devices.txt:
/// 1, 3). Of a directory read(2) has words of its own.
bool is_file(const struct stat& found) {
  return S_ISREG(found.st_mode) || S_ISDIR(found.st_mode) ||
         (S_ISCHR(found.st_mode) && found.st_rdev == makedev(1, 3));
}

}  // namespace

Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t most) {
  const UniqueFd file = open_at_once(path);
  if (!file) return fault_of_opening(path);
  return read_small_file(file, path, most);
}

Result<std::optional<std::string>> read_small_file_if_any(const std::filesystem::path& path,
                                                          std::size_t most) {
  using Text = std::optional<std::string>;
  const UniqueFd file = open_at_once(path);
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return Text();
  if (!file) return fault_of_opening(path);
  auto text = read_small_file(file, path, most);
  if (!text) return text.error();
  return Text(*std::move(text));
}

Result<std::string> read_small_file(const UniqueFd& file, const std::filesystem::path& path,
                                    std::size_t most) {
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) return errno_fault(path.string());
  if (!is_file(found)) return no_file(path);
  std::string text;
  std::array<char, 4096> piece;
  for (;;) {
    const auto count = ::read(file.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_fault(path.string());
    if (count == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > most) return Fault{path.string() + ": it is too long for what it should be"};
  }
}

}  // namespace ttq
