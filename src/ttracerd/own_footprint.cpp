#include "ttracerd/own_footprint.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <ctime>

#include "base/text.h"

namespace ttq {
namespace {

std::chrono::nanoseconds process_cpu_time() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

OwnFootprint::OwnFootprint(const std::filesystem::path& proc)
    : statm_(::open((proc / "self/statm").c_str(), O_RDONLY | O_CLOEXEC)) {}

Footprint OwnFootprint::read() const {
  std::array<char, 256> text{};  // seven numbers of 20 digits have room
  const ssize_t size = statm_ ? ::pread(statm_.get(), text.data(), text.size(), 0) : 0;
  const auto length = static_cast<std::size_t>(size > 0 ? size : 0);
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return {process_cpu_time(), parse_resident({text.data(), length}, page_bytes)};
}

std::optional<std::uint64_t> parse_resident(std::string_view statm, std::uint64_t page_bytes) {
  const auto numbers = split(trim(statm), ' ');
  if (numbers.size() < 2) return std::nullopt;
  const auto pages = parse_integer<std::uint64_t>(numbers[1]);
  if (!pages) return std::nullopt;
  return *pages * page_bytes;
}

}  // namespace ttq
