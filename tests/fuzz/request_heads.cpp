// The head of a request, whole and in pieces. The first byte says how long the pieces are.
#include <algorithm>

#include "api/request_head.h"
#include "fuzz.h"

using namespace ttq;

namespace {

RequestHead look(std::string_view input, std::size_t step) {
  RequestHead head({});
  for (std::size_t size = std::min(step, input.size());;
       size = std::min(size + step, input.size())) {
    head.look_at(input.substr(0, size));
    if (head.fault() || head.end() || size == input.size()) return head;
  }
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  const std::size_t step = 1 + take_byte(bytes) % 64;
  const RequestHead whole = look(bytes, std::max<std::size_t>(bytes.size(), 1));
  const RequestHead pieces = look(bytes, step);
  require(whole.fault().has_value() == pieces.fault().has_value(),
          "what is refused does not depend on how it came");
  require(whole.end() == pieces.end() && whole.begin() == pieces.begin(),
          "where a head ends does not depend on how it came");
  if (!whole.end()) return;
  require(!whole.fault(), "what was refused is no head");
  require(whole.begin() < *whole.end() && *whole.end() <= bytes.size(),
          "a head is within its bytes");
  const std::string_view head = bytes.substr(whole.begin(), *whole.end() - whole.begin());
  require(head.ends_with("\r\n\r\n"), "a head ends with an empty line");
  require(head.size() <= 4096 + 8192 + 4, "a head is no longer than its limits");
  require(head.find('\0') == head.npos, "there is no NUL in a head");
}
