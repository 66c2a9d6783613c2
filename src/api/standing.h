// What somebody who asks has shown of himself, by the way that he came.
#pragma once

#include <cstdint>

namespace ttq {

enum class Standing : std::uint8_t {
  stranger,  ///< nothing: he has reached a TCP port
  admitted,  ///< he may open the UNIX socket, or everybody is admitted
};

/// Who is admitted to all that a host tells.
enum class Audience : std::uint8_t {
  unix_socket,  ///< whoever may open that
  everybody,
};

}  // namespace ttq
