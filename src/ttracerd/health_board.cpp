#include "ttracerd/health_board.h"

namespace ttq {

Health HealthBoard::read(std::optional<Footprint> own) const {
  const std::scoped_lock lock(mutex_);
  Health health = health_;
  health.server = own;
  health.flushes = writing_.flushes;
  health.failed_flushes += writing_.failed_flushes;
  if (writing_.last_fault.empty()) return health;
  health.degradations.emplace_back("what is seen cannot be written to the store");
  if (health.last_fault.empty()) health.last_fault = writing_.last_fault;
  return health;
}

}  // namespace ttq
