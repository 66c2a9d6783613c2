#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <string>

#include "base/text.h"

namespace ttq {
namespace {

std::atomic<LogLevel> max_level{LogLevel::info};

constexpr std::size_t max_line_bytes = 4096;

}  // namespace

void set_log_level(LogLevel level) { max_level = level; }

void log(LogLevel level, std::string_view text) {
  if (level > max_level) return;
  static const bool terminal = ::isatty(STDERR_FILENO) == 1;
  std::string line;
  if (!terminal) line = "<" + std::to_string(static_cast<int>(level)) + ">";
  line += clean(text, max_line_bytes);
  line += '\n';
  // One write, so that lines of several threads do not mix. Nowhere to complain to if it fails.
  [[maybe_unused]] auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace ttq
