// The one function that is another in each of the two programs: they share main.cpp, and are two,
// since what describes a command line is linked with the program whose it is.
#pragma once

#include "completions/syntax.h"

namespace ttq {

/// The program's command line, by the tables of its --help.
Syntax described();

}  // namespace ttq
