// One table for each enum that has a spelling: printed and parsed from the same rows.
#pragma once

#include <array>
#include <cassert>
#include <optional>
#include <string_view>
#include <utility>

namespace ttq {

template <class Enum, std::size_t N>
using Spellings = std::array<std::pair<Enum, std::string_view>, N>;

template <class Enum, std::size_t N>
std::string_view spell(const Spellings<Enum, N>& table, Enum value) {
  for (const auto& [row, text] : table) {
    if (row == value) return text;
  }
  assert(false && "an enum value without a spelling");
  return "?";
}

template <class Enum, std::size_t N>
std::optional<Enum> unspell(const Spellings<Enum, N>& table, std::string_view text) {
  for (const auto& [row, spelling] : table) {
    if (spelling == text) return row;
  }
  return std::nullopt;
}

}  // namespace ttq
