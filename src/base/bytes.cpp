#include "base/bytes.h"

namespace ttq {
namespace {

/// The end of the year 9999: nothing later was ever written, and sums of times cannot overflow.
constexpr std::int64_t latest = 253'402'300'799'999;

}  // namespace

void ByteWriter::big_endian(std::uint64_t value, unsigned width) {
  while (width-- > 0) byte(static_cast<std::uint8_t>(value >> (8 * width)));
}

void ByteWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) byte(static_cast<std::uint8_t>(value | 0x80U));
  byte(static_cast<std::uint8_t>(value));
}

void ByteWriter::zigzag(std::int64_t value) {
  const std::uint64_t sign = value < 0 ? ~std::uint64_t{0} : 0;
  varint((static_cast<std::uint64_t>(value) << 1U) ^ sign);
}

void ByteWriter::time(Time moment) {
  big_endian(static_cast<std::uint64_t>(moment.time_since_epoch().count()), 8);
}

void ByteWriter::text(std::string_view value) {
  varint(value.size());
  raw(value);
}

std::string_view ByteReader::raw(std::uint64_t count) {
  if (count > rest_.size()) {
    fail();
    return {};
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::uint64_t ByteReader::big_endian(unsigned width) {
  std::uint64_t value = 0;
  while (width-- > 0) value = (value << 8U) | byte();
  return value;
}

std::uint64_t ByteReader::rest_of_varint(std::uint8_t first) {
  std::uint64_t value = first & 0x7FU;
  for (unsigned shift = 7; shift < 64; shift += 7) {
    const std::uint8_t next = byte();
    value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
    if (next < 0x80) return value;
  }
  fail();
  return 0;
}

Time ByteReader::checked(std::int64_t milliseconds) {
  if (milliseconds >= 0 && milliseconds <= latest) return Time(Duration(milliseconds));
  fail();
  return {};
}

Time ByteReader::time() { return checked(fixed<std::int64_t>()); }

Time ByteReader::time_after(Time from) {
  const std::int64_t distance = zigzag();
  if (distance >= -latest && distance <= latest) {
    return checked(from.time_since_epoch().count() + distance);
  }
  fail();
  return {};
}

}  // namespace ttq
