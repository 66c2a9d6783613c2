#include "store/instance.h"

#include <sys/random.h>

#include <cassert>

#include "base/text.h"

namespace ttq {

std::string make_instance() {
  std::string bits(16, '\0');
  // Up to 256 bytes come whole and without EINTR (getrandom(2)).
  [[maybe_unused]] const auto got = ::getrandom(bits.data(), bits.size(), 0);
  assert(got == static_cast<ssize_t>(bits.size()));
  return to_hex(bits);
}

}  // namespace ttq
