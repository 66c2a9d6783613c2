#include "store/merging.h"

#include <algorithm>

namespace ttq {

void absorb(Listener& listener, const Listener& later) {
  listener.owner = later.owner;  // the same process, by its latest name
  listener.v6only = later.v6only;
  listener.first_seen = std::min(listener.first_seen, later.first_seen);
  listener.last_seen = std::max(listener.last_seen, later.last_seen);
}

void end(Flow& flow) {
  flow.connections.now = 0;
  flow.connections.pending = 0;
}

void end(Listener&) {}

}  // namespace ttq
