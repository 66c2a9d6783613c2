// Bytes: numbers, times and strings laid one after the other, and read back without trust.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "ttq/time.h"

namespace ttq {

class ByteWriter {
 public:
  void byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  /// The lowest `width` bytes, the highest first: so that keys sort as their numbers do.
  void big_endian(std::uint64_t value, unsigned width);
  /// Seven bits a byte, the lowest first, the top bit set in all but the last.
  void varint(std::uint64_t value);
  /// A varint of 0, -1, 1, -2, 2 ...
  void zigzag(std::int64_t value);
  /// Milliseconds since the epoch, 8 bytes.
  void time(Time moment);
  void text(std::string_view value);
  void raw(std::string_view value) { bytes_ += value; }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::string take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what a ByteWriter wrote. What is not there, or cannot be, reads as 0 or empty, and from
/// then on everything does: ask done() at the end, once.
class ByteReader {
 public:
  /// The bytes must outlive the reader and what it returns.
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t byte() {
    if (rest_.empty()) {
      failed_ = true;
      return 0;
    }
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  std::uint64_t big_endian(unsigned width);
  std::uint64_t varint() {
    const std::uint8_t first = byte();
    return first < 0x80 ? first : rest_of_varint(first);
  }
  std::int64_t zigzag() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
  }
  Time time();
  /// A time told as its zigzag distance from another.
  Time time_after(Time from);
  std::string_view text() { return raw(varint()); }
  std::string_view raw(std::uint64_t count);

  /// A fixed or variable number that must fit its type.
  template <class Integer>
  Integer fixed() {
    return static_cast<Integer>(big_endian(sizeof(Integer)));
  }
  template <class Integer>
  Integer varint_as() {
    const std::uint64_t value = varint();
    if (value > static_cast<std::uint64_t>(std::numeric_limits<Integer>::max())) fail();
    return failed_ ? Integer{} : static_cast<Integer>(value);
  }

  void fail() {
    failed_ = true;
    rest_ = {};
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  /// All that was asked for so far was there.
  [[nodiscard]] bool is_sound() const { return !failed_; }
  /// All that was asked for was there, and nothing is left over.
  [[nodiscard]] bool done() const { return !failed_ && rest_.empty(); }

 private:
  std::uint64_t rest_of_varint(std::uint8_t first);
  Time checked(std::int64_t milliseconds);

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace ttq
