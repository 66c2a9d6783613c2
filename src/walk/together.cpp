#include "walk/together.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace ttq {

void together(std::size_t count, unsigned concurrency,
              const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const auto take_turns = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> threads;
  const std::size_t wanted = std::min<std::size_t>(count, concurrency);
  try {
    while (threads.size() + 1 < wanted) threads.emplace_back(take_turns);
  } catch (const std::system_error&) {
    // No more threads to be had (a limit of the user's): go on with those there are.
  }
  take_turns();
}

}  // namespace ttq
