#include "ttq/places.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

namespace ttq {
namespace {

/// An absolute path; empty: the variable holds none.
std::filesystem::path path_in(const char* variable) {
  const char* value = std::getenv(variable);
  std::filesystem::path path(value != nullptr ? value : "");
  return path.is_absolute() ? path : std::filesystem::path();
}

}  // namespace

Result<std::filesystem::path> config_directory() {
  const auto configured = path_in("XDG_CONFIG_HOME");
  if (!configured.empty()) return configured / "ttq";
  const auto home = path_in("HOME");
  if (!home.empty()) return home / ".config/ttq";
  return Fault{"no directory for files of ttq: HOME is not set"};
}

std::string user_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  if (entry == nullptr) return "uid-" + std::to_string(::geteuid());
  return entry->pw_name;
}

}  // namespace ttq
