// stdout and stderr, with their ends and faults told apart.
#pragma once

#include <string_view>

#include "ttq/result.h"

namespace ttq {

/// Writes all of it to stdout. A reader who has read enough and gone (`ttq ... | head`) is no
/// fault. REQUIRES: SIGPIPE is ignored.
Result<void> print_out(std::string_view text);

/// "ttq: text" and a line end, to stderr: one line, whatever is in the text.
void complain(std::string_view text);

/// To stderr, as it is.
void print_aside(std::string_view text);

/// Whether stdout is a terminal that takes colour: NO_COLOR (no-color.org) is not set.
bool out_takes_color();

}  // namespace ttq
