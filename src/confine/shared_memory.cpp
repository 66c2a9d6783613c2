#include "confine/shared_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/small_file.h"
#include "base/text.h"

namespace ttq {
namespace {

constexpr const char* own_maps = "/proc/self/maps";
constexpr std::size_t longest_maps = 64 << 20;

struct Mapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::string_view rights;  ///< "rw-s": shared
  std::string_view rest;    ///< offset, device, inode and path
};

/// "7f5c1000-7f5c3000 rw-s 00001000 00:0e 1057   anon_inode:bpf-map"
std::optional<Mapping> parse_mapping(std::string_view line) {
  const auto dash = line.find('-');
  const auto space = line.find(' ');
  if (dash >= space || space + 5 > line.size()) return std::nullopt;
  const auto begin = parse_integer<std::uintptr_t>(line.substr(0, dash), 16);
  const auto end = parse_integer<std::uintptr_t>(line.substr(dash + 1, space - dash - 1), 16);
  if (!begin || !end) return std::nullopt;
  return Mapping{*begin, *end, line.substr(space + 1, 4), line.substr(space + 5)};
}

bool is_to_go(const Mapping& mapping) {
  if (mapping.rights[3] != 's') return false;
  return mapping.rights[1] == 'w' || mapping.rest.find(" anon_inode:") != std::string_view::npos;
}

Result<void> unmap(const Mapping& mapping) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast,performance-no-int-to-ptr)
  auto* begin = reinterpret_cast<void*>(mapping.begin);
  if (::munmap(begin, mapping.end - mapping.begin) != 0) return errno_fault("munmap");
  return {};
}

}  // namespace

Result<void> drop_shared_memory() {
  const auto maps = read_small_file(own_maps, longest_maps);
  if (!maps) return maps.error();
  std::string_view left = *maps;
  while (!left.empty()) {
    const auto line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(left.size(), line.size() + 1));
    const auto mapping = parse_mapping(line);
    if (!mapping) return Fault{std::string(own_maps) + ": not understood: " + std::string(line)};
    if (!is_to_go(*mapping)) continue;
    if (auto unmapped = unmap(*mapping); !unmapped) return unmapped;
  }
  return {};
}

}  // namespace ttq
