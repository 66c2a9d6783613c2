#include "walk/gunzip.h"

#define ZLIB_CONST  // next_in is not written to
#include <zlib.h>

#include <algorithm>

namespace ttq {
namespace {

constexpr int window_of_gzip = 15 + 16;  // zlib.h, inflateInit2: 16 more asks for gzip's head

class Inflater {
 public:
  explicit Inflater(std::string_view bytes) {
    z_.next_in = reinterpret_cast<const unsigned char*>(bytes.data());
    z_.avail_in = static_cast<unsigned>(bytes.size());
    ready_ = inflateInit2(&z_, window_of_gzip) == Z_OK;
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&z_); }

  /// Fills `text` further, up to `size`. zlib's status.
  int fill(std::string& text, std::size_t size) {
    if (!ready_) return Z_MEM_ERROR;
    const auto had = text.size();
    text.resize(size);
    z_.next_out = reinterpret_cast<unsigned char*>(text.data() + had);
    z_.avail_out = static_cast<unsigned>(size - had);
    const int status = inflate(&z_, Z_NO_FLUSH);
    text.resize(size - z_.avail_out);
    return status;
  }

 private:
  z_stream z_{};
  bool ready_ = false;
};

}  // namespace

Result<std::string> gunzip(std::string_view bytes) {
  Inflater inflater(bytes);
  std::string text;
  std::size_t room = std::clamp<std::size_t>(bytes.size() * 12, 4096, max_text_bytes);
  for (;;) {
    const int status = inflater.fill(text, room);
    if (status == Z_STREAM_END) return text;
    if (status != Z_OK || text.size() < room) return Fault{"the answer is not whole, or not gzip"};
    if (room == max_text_bytes) return Fault{"the answer is over 8 MiB"};
    room = std::min(room * 2, max_text_bytes);
  }
}

}  // namespace ttq
