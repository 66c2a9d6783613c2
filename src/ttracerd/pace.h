// How often the daemon does what.
#pragma once

#include "ttq/time.h"

namespace ttq {

struct Pace {
  Duration interval{1'000};
  Duration window{60'000};
  Duration flush{5'000};
  Duration reconcile{30'000};  ///< at the latest; where there are events
};

}  // namespace ttq
