// The log: lines on stderr with the journal's level prefixes (sd-daemon(3)), so that journald files
// them by level and a terminal still reads well. One line for each call, whatever is in the text.
#pragma once

#include <string_view>

namespace ttq {

enum class LogLevel { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

/// "<4>text"; without the prefix where stderr is a terminal.
void log(LogLevel level, std::string_view text);

}  // namespace ttq
