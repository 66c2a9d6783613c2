// Where libFuzzer calls, by a name that it gave (llvm.org/docs/LibFuzzer.html).
#include <cstddef>
#include <cstdint>

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ttq::fuzz::feed({reinterpret_cast<const char*>(data), size});
  return 0;
}
