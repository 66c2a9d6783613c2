// Values of the small records, in bytes that show when they were damaged. All but meta are sealed
// (seal.h).
//
//   meta     := 1 text sum:4                sealed as in schema 1, so that every version can read
//                                           which schema a store has
//   window   := looks
//   coverage := z(length) v(interval) v(dropped) v(lost)
//   hour     := state:1 looks               1: rolled up, its windows still stand; 2: folded
//   counting := start:8 v(length) number:8
//
//   looks    := z(first - start) z(last - start)
//
// v is a varint, z a zigzag varint, times are milliseconds. What the key says (keys.h) is not said
// again. Flows and listeners are in chunks (chunk.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/slot.h"
#include "ttq/coverage.h"
#include "ttq/time.h"

namespace ttq {

/// An hour whose windows were rolled up into coarse chunks.
struct HourRecord {
  Slot slot;
  bool folded = false;  ///< its own windows are gone, and it stands in their place
};

/// A window, and which count of it (WindowBatch::counting).
struct Counting {
  Window window;
  std::uint64_t number = 0;

  bool operator==(const Counting&) const = default;
};

// Encoding cannot fail. `key` is the one that the value will be kept under.

std::string encode_meta(std::string_view key, std::string_view text);
std::string encode_window(std::string_view key, const Slot& slot);
std::string encode_coverage(std::string_view key, const Coverage& coverage);
std::string encode_counting(std::string_view key, const Counting& counting);
std::string encode_hour(std::string_view key, const HourRecord& record);

// Decoding takes any bytes for key and value; none means that they are corrupt.

std::optional<std::string> decode_meta(std::string_view key, std::string_view value);
std::optional<Slot> decode_window(std::string_view key, std::string_view value);
std::optional<Coverage> decode_coverage(std::string_view key, std::string_view value);
std::optional<Counting> decode_counting(std::string_view key, std::string_view value);
std::optional<HourRecord> decode_hour(std::string_view key, std::string_view value);

}  // namespace ttq
