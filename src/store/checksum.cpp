#include "store/checksum.h"

#include <bit>
#include <cstring>

namespace ttq {
namespace {

constexpr std::uint64_t odd = 0x9E3779B97F4A7C15ULL;
constexpr std::size_t word_bytes = 8;

/// The same on disk whatever the machine.
std::uint64_t little_endian(std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::big) return __builtin_bswap64(word);
  return word;
}

std::uint64_t step(std::uint64_t sum, std::uint64_t word) {
  sum = (sum ^ word) * odd;
  return sum ^ (sum >> 32U);
}

std::uint64_t add(std::uint64_t sum, std::string_view bytes) {
  sum = step(sum, bytes.size());
  std::uint64_t word = 0;
  for (; bytes.size() >= word_bytes; bytes.remove_prefix(word_bytes)) {
    std::memcpy(&word, bytes.data(), word_bytes);
    sum = step(sum, little_endian(word));
  }
  word = 0;
  std::memcpy(&word, bytes.data(), bytes.size());
  return step(sum, little_endian(word));
}

}  // namespace

std::uint64_t checksum(std::string_view key, std::string_view value) {
  return add(add(odd, key), value);
}

}  // namespace ttq
