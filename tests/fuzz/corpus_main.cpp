// Feeds each file of a directory to a fuzzer, for builds without libFuzzer: the tests.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz.h"

namespace {

/// No longer than the file, so that a sanitizer sees the first byte behind it.
std::vector<char> read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  bytes.shrink_to_fit();
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (const char* directory : std::vector<const char*>(argv + 1, argv + argc)) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      std::fprintf(stderr, "%s\n", entry.path().c_str());  // the last one is the one that failed
      const auto bytes = read(entry.path());
      ttq::fuzz::feed({bytes.data(), bytes.size()});
      ++count;
    }
  }
  std::printf("%zu inputs\n", count);
  return count > 0 ? 0 : 1;
}
