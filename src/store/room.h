// Room: how much of the disk must stay free. The store is a guest, so it stops before a disk is
// full: with 64 MiB to spare, or a twentieth of a small file system.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "ttq/result.h"

namespace ttq {

/// What must stay free of a file system of that size, in bytes.
std::uint64_t free_floor(std::uint64_t size);

class Room {
 public:
  /// Fault: there is too little on the file system of `dir`. Then a quarter more has to be free
  /// before there is enough again, so that it does not change its mind with every file that others
  /// write.
  Result<void> check(const std::filesystem::path& dir);
  /// The same, of figures that are known.
  Result<void> check(std::uint64_t size, std::uint64_t free);
  /// What the last check came to.
  [[nodiscard]] bool is_short() const { return is_short_; }

 private:
  bool is_short_ = false;
};

}  // namespace ttq
