#include "store/seal.h"

#include "store/checksum.h"

namespace ttq {
namespace {

// 1 was summed otherwise, in schema 1; 2 had chunks without traffic, in schema 2.
constexpr std::uint8_t layout = 3;
constexpr unsigned sum_bytes = 8;

}  // namespace

ByteWriter begin_value() {
  ByteWriter out;
  out.byte(layout);
  return out;
}

std::string seal(std::string_view key, ByteWriter body) {
  body.big_endian(checksum(key, body.bytes()), sum_bytes);
  return std::move(body).take();
}

std::optional<std::string_view> unseal(std::string_view key, std::string_view value) {
  if (value.size() < 1 + sum_bytes || value.front() != static_cast<char>(layout)) {
    return std::nullopt;
  }
  const std::string_view summed = value.substr(0, value.size() - sum_bytes);
  ByteReader sum(value.substr(summed.size()));
  if (sum.big_endian(sum_bytes) != checksum(key, summed)) return std::nullopt;
  return summed.substr(1);
}

}  // namespace ttq
