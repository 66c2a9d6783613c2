// ttracerd.toml.
#include <sys/mman.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "fuzz.h"
#include "ttracerd/config.h"

using namespace ttq;

namespace {

/// A file that is nowhere: its path leads to a descriptor.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : fd_(::memfd_create("config", MFD_CLOEXEC)) {
    const ssize_t size = ::write(fd_.get(), text.data(), text.size());
    fuzz::require(size == static_cast<ssize_t>(text.size()), "memory can be written to");
  }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

 private:
  UniqueFd fd_;
};

Result<Config> read(std::string_view text) {
  const MemoryFile file(text);
  Config config;
  if (auto done = read_config(config, file.path(), true); !done) return done.error();
  return config;
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  const auto config = read(bytes);
  if (!config) {
    const std::string& message = config.error().message;
    return require(message.find('\n') == std::string::npos, "a complaint is one line");
  }
  const auto checked = check(*config);
  require(checked || !checked.error().message.empty(), "what does not fit together is said");
  const std::string printed = print_config(*config);
  const auto again = read(printed);
  require(again.has_value(), "what is printed can be read");
  require(print_config(*again) == printed, "and says the same");
}
