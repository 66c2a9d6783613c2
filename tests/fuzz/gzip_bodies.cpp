// Compressed bodies of strangers.
//
//   input := raw deflate                    without gzip's head, sum and size
//
// No fuzzer finds the sum of what it has made up: so head, sum and size are added here. As they
// are, the bytes are read too, and compressed and read again.
#define ZLIB_CONST
#include <zlib.h>

#include <optional>
#include <string>

#include "api/gzip.h"
#include "fuzz.h"
#include "walk/gunzip.h"

using namespace ttq;

namespace {

/// As zlib reads it, if it is whole and not long.
std::optional<std::string> inflate_raw(std::string_view bytes) {
  std::string text(std::size_t{1} << 16U, '\0');
  z_stream z{};
  z.next_in = reinterpret_cast<const unsigned char*>(bytes.data());
  z.avail_in = static_cast<unsigned>(bytes.size());
  z.next_out = reinterpret_cast<unsigned char*>(text.data());
  z.avail_out = static_cast<unsigned>(text.size());
  if (inflateInit2(&z, -15) != Z_OK) return std::nullopt;
  const int status = inflate(&z, Z_FINISH);
  const bool is_whole = status == Z_STREAM_END && z.avail_in == 0;
  text.resize(text.size() - z.avail_out);
  inflateEnd(&z);
  if (!is_whole) return std::nullopt;
  return text;
}

void put_little_endian(std::string& bytes, unsigned long value) {
  for (int i = 0; i < 4; ++i, value >>= 8U) bytes += static_cast<char>(value & 0xFFU);
}

std::string in_gzip(std::string_view deflated, const std::string& text) {
  std::string bytes("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  bytes += deflated;
  put_little_endian(bytes, crc32(0, reinterpret_cast<const unsigned char*>(text.data()),
                                 static_cast<unsigned>(text.size())));
  put_little_endian(bytes, text.size());
  return bytes;
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  const auto as_it_is = gunzip(bytes);
  require(!as_it_is || as_it_is->size() <= max_text_bytes, "a text is no longer than its limit");
  if (const auto text = inflate_raw(bytes)) {
    const auto unzipped = gunzip(in_gzip(bytes, *text));
    require(unzipped && *unzipped == *text, "what zlib reads is read");
  }
  Gzip gzip;
  std::string zipped = gzip.add(bytes);
  zipped += gzip.finish();
  const auto back = gunzip(zipped);
  require(back && *back == bytes, "what was compressed comes back");
}
