#include "store/room.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <string>

namespace ttq {
namespace {

constexpr std::uint64_t most = 64ULL << 20;
constexpr std::uint64_t share = 20;

std::string in_mebibytes(std::uint64_t bytes) {
  const std::uint64_t tenths = bytes * 10 / (1 << 20);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MiB";
}

}  // namespace

std::uint64_t free_floor(std::uint64_t size) { return std::min(most, size / share); }

/// Who cannot tell (some network file systems cannot) has room until a write fails.
Result<void> Room::check(const std::filesystem::path& dir) {
  struct statvfs status {};
  if (::statvfs(dir.c_str(), &status) != 0 || status.f_blocks == 0) return {};
  return check(status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize);
}

Result<void> Room::check(std::uint64_t size, std::uint64_t free) {
  const std::uint64_t floor = free_floor(size);
  is_short_ = free < (is_short_ ? floor + floor / 4 : floor);
  if (!is_short_) return {};
  return Fault{"the disk is nearly full: " + in_mebibytes(floor) +
               " of the file system of the store must stay free; nothing is kept until they are"};
}

}  // namespace ttq
