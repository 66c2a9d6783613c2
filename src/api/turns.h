// Whose turn it is, where many want something that costs and a few at once may have it: everybody
// comes before anybody comes twice.
#pragma once

#include <cstdint>
#include <vector>

namespace ttq {

class Turns {
 public:
  explicit Turns(std::size_t at_once) : at_once_(at_once) {}

  /// Of those that are ready, in ascending order of their ids, those whose turn it is now.
  std::vector<std::uint64_t> take(std::vector<std::uint64_t> ready);

 private:
  const std::size_t at_once_;
  std::uint64_t last_ = 0;  ///< who had one
};

}  // namespace ttq
