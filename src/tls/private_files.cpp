#include "tls/private_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/unique_fd.h"
#include "base/write_all.h"

namespace ttq {
namespace {

namespace fs = std::filesystem;

/// A file beside its place, which goes with this unless it is put there.
class Draft {
 public:
  static Result<Draft> write(const fs::path& place, std::string_view text, Secrecy secrecy) {
    Draft draft;
    draft.path_ = (place.parent_path() / ("." + place.filename().string() + ".XXXXXX")).string();
    // Opens with O_EXCL and mode 0600 (mkstemp(3)).
    UniqueFd file(::mkostemp(draft.path_.data(), O_CLOEXEC));
    if (!file) {
      const int error = errno;
      draft.path_.clear();
      return errno_fault("cannot write in " + place.parent_path().string(), error);
    }
    const auto filled = draft.fill(file.get(), text, secrecy);
    if (!filled) return filled.error();
    return draft;
  }

  Draft(Draft&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  Draft& operator=(Draft&&) = delete;
  ~Draft() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  /// What is there already stays, and is a fault.
  [[nodiscard]] Result<void> link_to(const fs::path& place) const {
    if (::link(path_.c_str(), place.c_str()) != 0) return errno_fault(place.string());
    return {};
  }

  [[nodiscard]] Result<void> rename_to(const fs::path& place) {
    if (::rename(path_.c_str(), place.c_str()) != 0) return errno_fault(place.string());
    path_.clear();
    return {};
  }

 private:
  Draft() = default;

  [[nodiscard]] Result<void> fill(int file, std::string_view text, Secrecy secrecy) const {
    if (!write_all(file, text)) return errno_fault(path_);
    if (secrecy == Secrecy::open && ::fchmod(file, 0644) != 0) return errno_fault(path_);
    if (::fsync(file) != 0) return errno_fault(path_);
    return {};
  }

  std::string path_;
};

/// So that the new name survives a crash. Some file systems have no such thing, which is no fault.
void sync_directory_of(const fs::path& path) {
  const UniqueFd dir(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir) ::fsync(dir.get());
}

}  // namespace

Result<void> make_private_directories(const fs::path& dir) {
  fs::path made;
  for (const fs::path& piece : dir) {
    made /= piece;
    struct stat found {};
    if (::mkdir(made.c_str(), 0700) == 0) continue;
    const int error = errno;
    if (::stat(made.c_str(), &found) != 0) return errno_fault(made.string(), error);
    if (!S_ISDIR(found.st_mode)) return errno_fault(made.string(), ENOTDIR);
  }
  return {};
}

Result<void> write_new_file(const fs::path& path, std::string_view text, Secrecy secrecy) {
  const auto draft = Draft::write(path, text, secrecy);
  if (!draft) return draft.error();
  auto linked = draft->link_to(path);
  if (linked) sync_directory_of(path);
  return linked;
}

Result<void> replace_file(const fs::path& path, std::string_view text, Secrecy secrecy) {
  auto draft = Draft::write(path, text, secrecy);
  if (!draft) return draft.error();
  auto renamed = draft->rename_to(path);
  if (renamed) sync_directory_of(path);
  return renamed;
}

}  // namespace ttq
