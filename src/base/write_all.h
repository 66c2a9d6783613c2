// Bytes to a descriptor, all of them.
#pragma once

#include <string_view>

namespace ttq {

/// Goes on after a part, and after a signal (write(2)). False: errno says why, and a part may have
/// been written. REQUIRES: the descriptor blocks.
bool write_all(int fd, std::string_view bytes);

}  // namespace ttq
