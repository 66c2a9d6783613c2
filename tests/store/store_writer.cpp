// Writes windows into a store until it is killed, for kill_test.cpp.
//
//   store-writer DIR FIRST [fold]
//
// Each window is flushed three times, as the daemon does. Once its last flush was written, its
// number is printed. With "fold", hours are folded as soon as they are over.
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "base/text.h"
#include "store/killed_windows.h"
#include "store/rocks_store.h"

using namespace ttq;
using namespace ttq::test;

namespace {

constexpr int flushes = 3;

bool write_window(Store& store, int n) {
  for (int flush = 1; flush <= flushes; ++flush) {
    if (!store.write(killed_window(n, flush == flushes))) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  return store.maintain(minute(n + 1).start).has_value();
}

bool report(int n) {
  const std::string line = std::to_string(n) + "\n";
  return ::write(STDOUT_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  auto store = RocksStore::open(argv[1], killed_keeping(argc > 3));
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    return 1;
  }
  for (int n = parse_integer<int>(argv[2]).value_or(0);; ++n) {
    if (!write_window(**store, n) || !report(n)) return 1;
  }
}
