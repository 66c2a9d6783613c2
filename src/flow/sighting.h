// A connection's flow, as it is met.
#pragma once

#include "ttq/flow.h"

namespace ttq {

/// REQUIRES: key.process == owner.key().
struct Sighting {
  const FlowKey& key;
  const Owner& owner;
  Evidence evidence = Evidence::port;
};

}  // namespace ttq
