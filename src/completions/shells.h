// One printer for each shell: the text of a file that the shell reads by itself when somebody
// completes a command line of that program.
#pragma once

#include <string>

#include "completions/syntax.h"

namespace ttq {

/// For bash 4.3 or later, with or without the package bash-completion.
std::string print_bash(const Syntax& program);

/// An autoloaded function of zsh's completion system, zshcompsys(1).
std::string print_zsh(const Syntax& program);

/// For fish 3.0 or later.
std::string print_fish(const Syntax& program);

}  // namespace ttq
