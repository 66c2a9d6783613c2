#include "base/log.h"

#include <unistd.h>

#include <string>

#include "base/text.h"

namespace ttq {
namespace {

constexpr std::size_t max_line_bytes = 4096;

}  // namespace

void log(LogLevel level, std::string_view text) {
  static const bool terminal = ::isatty(STDERR_FILENO) == 1;
  std::string line;
  if (!terminal) line = "<" + std::to_string(static_cast<int>(level)) + ">";
  line += clean(text, max_line_bytes);
  line += '\n';
  // One write, so that lines of several threads do not mix. Nowhere to complain to if it fails.
  [[maybe_unused]] auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace ttq
