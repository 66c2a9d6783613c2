#include "api/chunked.h"

#include <cassert>
#include <cstdio>

namespace ttq {

std::string chunk(std::string_view piece) {
  assert(!piece.empty());
  char size[24];
  std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
  std::string framed = size;
  framed.reserve(framed.size() + piece.size() + 2);
  framed += piece;
  return framed += "\r\n";
}

std::string with_unknown_length(std::string_view head, bool is_chunked) {
  const auto begin = head.find("Content-Length: ");
  assert(begin != head.npos);
  const auto end = head.find("\r\n", begin) + 2;
  std::string changed(head.substr(0, begin));
  if (is_chunked) changed += "Transfer-Encoding: chunked\r\n";
  return changed += head.substr(end);
}

}  // namespace ttq
