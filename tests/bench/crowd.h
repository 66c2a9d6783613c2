// Many held connections, from the far host to servers here.
#pragma once

#include "bench/site.h"

namespace ttq::bench {

/// Who listens, and who has the descriptors that are looked for.
enum class Side : bool { here_serves, here_connects };

/// Opens `count` connections and returns when they stand; they end with the site.
void hold(Site& site, unsigned count, Side side = Side::here_serves);

}  // namespace ttq::bench
