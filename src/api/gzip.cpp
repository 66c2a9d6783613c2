#include "api/gzip.h"

#include <strings.h>
#define ZLIB_CONST  // next_in is not written to
#include <zlib.h>

#include <array>
#include <cstdlib>
#include <vector>

#include "base/text.h"

namespace ttq {
namespace {

constexpr int window_of_gzip = 15 + 16;  // zlib.h, deflateInit2: 16 more asks for gzip's head
constexpr int usual_memory = 8;

bool is_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

/// RFC 9110 12.4.2: "q=0", "q=0.0" and so on refuse.
bool is_refused(const std::vector<std::string_view>& parameters) {
  for (const auto parameter : parameters) {
    const auto text = trim(parameter);
    if (!text.starts_with("q=") && !text.starts_with("Q=")) continue;
    return text.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

}  // namespace

struct Gzip::Stream {
  z_stream z{};
};

Gzip::Gzip() : stream_(std::make_unique<Stream>()) {
  const int status = deflateInit2(&stream_->z, Z_BEST_SPEED, Z_DEFLATED, window_of_gzip,
                                  usual_memory, Z_DEFAULT_STRATEGY);
  // It fails for lack of memory only, which ends a program of ours wherever it happens.
  if (status != Z_OK) std::abort();
}

Gzip::~Gzip() { deflateEnd(&stream_->z); }

std::string Gzip::deflate_all(std::string_view piece, int flush) {
  std::string ready;
  std::array<unsigned char, 16'384> buffer;
  z_stream& z = stream_->z;
  z.next_in = reinterpret_cast<const unsigned char*>(piece.data());
  z.avail_in = static_cast<unsigned>(piece.size());
  do {
    z.next_out = buffer.data();
    z.avail_out = buffer.size();
    deflate(&z, flush);
    ready.append(reinterpret_cast<const char*>(buffer.data()), buffer.size() - z.avail_out);
  } while (z.avail_out == 0);
  return ready;
}

std::string Gzip::add(std::string_view piece) { return deflate_all(piece, Z_NO_FLUSH); }
std::string Gzip::finish() { return deflate_all({}, Z_FINISH); }

bool accepts_gzip(std::string_view accept_encoding) {
  for (const auto coding : split(accept_encoding, ',')) {
    const auto pieces = split(coding, ';');
    const auto name = trim(pieces.front());
    if (is_word(name, "gzip") || is_word(name, "x-gzip")) return !is_refused(pieces);
  }
  return false;
}

}  // namespace ttq
