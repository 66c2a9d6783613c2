#include "api/gzip.h"

#include <doctest/doctest.h>

using namespace ttq;

TEST_CASE("a client accepts gzip by saying so, and not by saying how little") {
  for (const char* said :
       {"gzip", "GZIP", "x-gzip", "br, gzip", "deflate,gzip;q=0.5", "gzip; q=1"}) {
    CAPTURE(said);
    CHECK(accepts_gzip(said));
  }
  for (const char* said : {"", "*", "br", "gzip;q=0", "gzip; Q=0.000", "gzipped", "identity"}) {
    CAPTURE(said);
    CHECK_FALSE(accepts_gzip(said));
  }
}

TEST_CASE("pieces become one stream, which begins before the last of them is there") {
  Gzip by_piece;
  std::string pieces;
  std::size_t early = 0;
  for (int i = 0; i < 100'000; ++i) {
    pieces += by_piece.add("{\"n\": " + std::to_string(i * 7919) + "}\n");
    if (i == 99'000) early = pieces.size();
  }
  pieces += by_piece.finish();
  CHECK(early > pieces.size() / 2);
  CHECK(pieces.starts_with("\x1F\x8B"));
}
