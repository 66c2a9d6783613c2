// A set of numbers that is asked about far more numbers than it holds: a search in it begins with a
// bit that tells most of the others apart.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace ttq {

class NumberSet {
 public:
  using Number = std::uint64_t;

  NumberSet() = default;
  /// In any order; a number may come twice.
  explicit NumberSet(std::vector<Number> numbers) : sorted_(std::move(numbers)) {
    std::sort(sorted_.begin(), sorted_.end());
    sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
    if (sorted_.empty()) return;
    while ((std::size_t{1} << filter_bits_) < bits_for_each * sorted_.size()) ++filter_bits_;
    filter_.resize(std::size_t{1} << filter_bits_);
    for (const Number number : sorted_) filter_[place_of(number)] = true;
  }

  [[nodiscard]] bool contains(Number number) const {
    return !filter_.empty() && filter_[place_of(number)] &&
           std::binary_search(sorted_.begin(), sorted_.end(), number);
  }

  // In ascending order.
  [[nodiscard]] auto begin() const { return sorted_.begin(); }
  [[nodiscard]] auto end() const { return sorted_.end(); }
  [[nodiscard]] std::size_t size() const { return sorted_.size(); }
  [[nodiscard]] bool empty() const { return sorted_.empty(); }

 private:
  static constexpr std::size_t bits_for_each = 16;

  [[nodiscard]] std::size_t place_of(Number number) const {
    constexpr Number golden = 0x9E3779B97F4A7C15ULL;  // neighbours are spread (Fibonacci hashing)
    return static_cast<std::size_t>((number * golden) >> (64 - filter_bits_));
  }

  std::vector<Number> sorted_;
  std::vector<bool> filter_;
  unsigned filter_bits_ = 1;
};

}  // namespace ttq
