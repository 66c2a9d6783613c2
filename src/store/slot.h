// A slot: a window, or an hour, that a row of a chunk may be about.
#pragma once

#include "ttq/time.h"

namespace ttq {

struct Slot {
  Window window;
  /// When what stood at its beginning was first seen, and what stands was last seen: nearly all
  /// rows of a window share both, and so need not say them.
  Time first_look;
  Time last_look;

  bool operator==(const Slot&) const = default;
};

}  // namespace ttq
