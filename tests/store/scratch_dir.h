// A directory of the test's own, removed with all that is in it however the test ends.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <cassert>
#include <filesystem>
#include <string>

namespace ttq::test {

class ScratchDir {
 public:
  ScratchDir() {
    std::string name = (root() / "ttq-store-XXXXXX").string();
    [[maybe_unused]] const char* made = ::mkdtemp(name.data());
    assert(made != nullptr);
    path_ = name;
  }
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;
  ~ScratchDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  /// In memory where that can be had: the store syncs each window, and a test writes hundreds.
  static std::filesystem::path root() {
    if (::access("/dev/shm", W_OK) == 0) return "/dev/shm";
    return std::filesystem::temp_directory_path();
  }

  std::filesystem::path path_;
};

}  // namespace ttq::test
