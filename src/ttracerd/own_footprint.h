// What this process takes of its host, as it can tell by itself.
//
// CPU time comes from the clock of the process (clock_gettime(2)), which adds up all threads, those
// that have ended too, and takes no file. What is in memory *now* is in /proc alone: getrusage(2)
// knows only the most that there ever was. The server may open nothing there once it is confined,
// so /proc/self/statm (proc(5)) is opened before, and read anew whenever somebody asks: it is made
// as it is read. Both cost microseconds.
//
//   statm = size resident shared text lib data dirty        in pages
//
// `resident` may lack what each CPU has counted and not added up yet, some tens of pages (proc(5)
// calls it inaccurate). The proportional share of shared pages (smaps_rollup) would be nearer to
// what a process costs, but is a walk over all of its pages, under the lock that its faults take.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/unique_fd.h"
#include "ttq/health.h"

namespace ttq {

class OwnFootprint {
 public:
  /// Of the process that makes it: one that was forked makes its own. Where /proc cannot be read,
  /// it knows of no memory.
  explicit OwnFootprint(const std::filesystem::path& proc = "/proc");

  /// From any thread.
  [[nodiscard]] Footprint read() const;

 private:
  UniqueFd statm_;
};

/// Bytes in memory; none: that is not what statm looks like.
std::optional<std::uint64_t> parse_resident(std::string_view statm, std::uint64_t page_bytes);

}  // namespace ttq
