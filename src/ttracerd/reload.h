// What a running daemon can take up of a configuration that it reads again (SIGHUP).
#pragma once

#include <string_view>
#include <vector>

#include "ttracerd/config.h"

namespace ttq {

struct Reload {
  Config config;                          ///< to go on with
  std::vector<std::string_view> waiting;  ///< settings that have changed and want a restart
};

/// `read`, but for what a daemon cannot change while it runs: where its store is, how long a window
/// is, how it sees sockets, and who it is. A Fault: the two do not go together.
Result<Reload> plan_reload(const Config& running, Config read);

}  // namespace ttq
