// The kernel's answer to which address it would send from.
#include <cstring>
#include <vector>

#include "fuzz.h"
#include "probe/route_source.h"

using namespace ttq;

void fuzz::feed(std::string_view bytes) {
  std::vector<std::byte> datagram(bytes.size());
  if (!bytes.empty()) std::memcpy(datagram.data(), bytes.data(), bytes.size());
  const auto source = source_in_answer(datagram, 1);
  if (source) require(Address::parse(source->print()) == *source, "a source is an address");
  require(!source || !source_in_answer(datagram, 2), "what answers another question is none");
}
