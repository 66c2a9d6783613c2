// Colour for terminals (ECMA-48 SGR), or none.
#pragma once

#include <string>
#include <string_view>

namespace ttq {

enum class Ink { bold = 1, faint = 2, red = 31, yellow = 33, cyan = 36 };

class Paint {
 public:
  explicit Paint(bool color) : color_(color) {}

  [[nodiscard]] std::string operator()(Ink ink, std::string_view text) const {
    if (!color_ || text.empty()) return std::string(text);
    return "\x1b[" + std::to_string(static_cast<int>(ink)) + "m" + std::string(text) + "\x1b[0m";
  }

 private:
  bool color_;
};

}  // namespace ttq
