// Prints the completions of a program for the shell that is named: a program of the build alone.
#include <array>
#include <iostream>
#include <string_view>
#include <utility>

#include "completions/described.h"
#include "completions/shells.h"

namespace {

constexpr std::array<std::pair<std::string_view, std::string (*)(const ttq::Syntax&)>, 3> printers{{
    {"bash", ttq::print_bash},
    {"zsh", ttq::print_zsh},
    {"fish", ttq::print_fish},
}};

}  // namespace

int main(int argc, char** argv) {
  for (const auto& [shell, print] : printers) {
    if (argc != 2 || shell != argv[1]) continue;
    std::cout << print(ttq::described()) << std::flush;
    return std::cout ? 0 : 1;
  }
  std::cerr << "which shell: bash, zsh or fish?\n";
  return 2;
}
