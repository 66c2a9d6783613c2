#include "base/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ttq {

Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t most) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return errno_fault(path.string());
  return read_small_file(file, path, most);
}

Result<std::string> read_small_file(const UniqueFd& file, const std::filesystem::path& path,
                                    std::size_t most) {
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
