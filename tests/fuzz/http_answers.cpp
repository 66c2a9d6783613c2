// Answers of strangers, as they come from the network.
//
//   input := cut:1 answer                   cut: how many bytes come at once; 0: all of them
#include "fuzz.h"
#include "walk/gunzip.h"
#include "walk/http_reader.h"

using namespace ttq;

namespace {

HttpReader read(std::string_view answer, std::size_t cut) {
  HttpReader reader;
  while (!answer.empty()) reader.add(fuzz::take(answer, cut));
  reader.end();
  return reader;
}

std::string message(const HttpReader& reader) {
  return reader.failure() ? reader.failure()->message : "";
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  const std::size_t cut = take_byte(bytes);
  HttpReader pieces = read(bytes, cut == 0 ? bytes.size() : cut);
  HttpReader whole = read(bytes, bytes.size());
  require(pieces.is_done() && whole.is_done(), "an answer is over when the connection is");
  require(message(pieces) == message(whole), "it does not matter how an answer was cut");
  if (whole.failure()) return;
  const HttpBody body = whole.take_body();
  require(pieces.take_body().bytes == body.bytes, "nor for its body");
  require(body.bytes.size() <= bytes.size(), "a body is a part of its answer");
  if (!body.is_gzip) return;
  const auto text = gunzip(body.bytes);
  require(!text || text->size() <= max_text_bytes, "a text is no longer than its limit");
}
