// Numbers that whoever runs a test may choose, by its environment: a seed, to see the same again.
#pragma once

#include <cstdlib>

#include "base/text.h"

namespace ttq::test {

inline unsigned chosen(const char* variable, unsigned otherwise) {
  const char* given = std::getenv(variable);
  return given != nullptr ? parse_integer<unsigned>(given).value() : otherwise;
}

}  // namespace ttq::test
