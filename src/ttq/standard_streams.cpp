#include "ttq/standard_streams.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "base/write_all.h"

namespace ttq {
namespace {

constexpr std::size_t max_line_bytes = 4096;

}  // namespace

Result<void> print_out(std::string_view text) {
  if (write_all(STDOUT_FILENO, text) || errno == EPIPE) return {};
  return errno_fault("cannot write to stdout");
}

void complain(std::string_view text) { print_aside("ttq: " + clean(text, max_line_bytes) + "\n"); }

void print_aside(std::string_view text) {
  // Nowhere to complain to if that fails.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

bool out_takes_color() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool refused = no_color != nullptr && *no_color != '\0';
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return !refused && !dumb && ::isatty(STDOUT_FILENO) == 1;
}

}  // namespace ttq
