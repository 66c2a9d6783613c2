// Counts corrupt records, over all readers. The first is told to the log.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace ttq {

class Losses {
 public:
  void count(std::string_view key);
  [[nodiscard]] std::uint64_t get() const { return count_; }

 private:
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace ttq
