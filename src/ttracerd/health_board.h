// Where the collector leaves its figures, and HTTP threads read them.
#pragma once

#include <mutex>

#include "ttq/health.h"

namespace ttq {

class HealthBoard {
 public:
  void post(const Health& health) {
    const std::scoped_lock lock(mutex_);
    health_ = health;
  }
  [[nodiscard]] Health read() const {
    const std::scoped_lock lock(mutex_);
    return health_;
  }

 private:
  mutable std::mutex mutex_;
  Health health_;
};

}  // namespace ttq
