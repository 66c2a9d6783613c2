// What the fuzzers share. Each is one file with one function, feed(), which takes any bytes and
// says by require() what must hold of them; entry.cpp hands it what libFuzzer makes up,
// corpus_main.cpp what is in the corpus.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace ttq::fuzz {

/// Of the fuzzer that this is linked into.
void feed(std::string_view bytes);

/// Ends the program where the claim does not hold, and so keeps the bytes that show it.
inline void require(bool holds, const char* claim) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", claim);
  std::abort();
}

/// Takes so many bytes off the front, or as many as there are.
inline std::string_view take(std::string_view& bytes, std::size_t count) {
  const auto taken = bytes.substr(0, count);
  bytes.remove_prefix(taken.size());
  return taken;
}

/// Takes one off the front; 0: there is none.
inline unsigned take_byte(std::string_view& bytes) {
  const auto taken = take(bytes, 1);
  return taken.empty() ? 0U : static_cast<unsigned char>(taken.front());
}

/// Takes a line off the front, without its end.
inline std::string_view take_line(std::string_view& bytes) {
  const auto line = take(bytes, bytes.find('\n'));
  take(bytes, 1);
  return line;
}

}  // namespace ttq::fuzz
