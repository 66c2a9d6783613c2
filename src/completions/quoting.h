// Any text as one word of a shell, in which nothing is expanded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ttq {

/// For sh, bash and zsh: between single quotes.
std::string quoted_for_sh(std::string_view text);

/// For fish, which knows a backslash between single quotes.
std::string quoted_for_fish(std::string_view text);

/// With a backslash before each of these characters.
std::string escaped(std::string_view text, std::string_view special);

std::string joined(const std::vector<std::string>& words, std::string_view between);

}  // namespace ttq
