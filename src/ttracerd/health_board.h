// What is known here of how the daemon is: where the collector's figures are left, and those of
// writing to the store; HTTP threads read them.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ttq/address.h"
#include "ttq/health.h"

namespace ttq {

/// How writing to the store goes.
struct Writing {
  std::uint64_t flushes = 0;
  std::uint64_t failed_flushes = 0;
  std::string last_fault;  ///< empty: all that was told is in the store
};

class HealthBoard {
 public:
  void post(const Health& health) {
    const std::scoped_lock lock(mutex_);
    health_ = health;
  }
  void post(const Writing& writing) {
    const std::scoped_lock lock(mutex_);
    writing_ = writing;
  }
  void post(const std::vector<Address>& addresses) {
    const std::scoped_lock lock(mutex_);
    addresses_ = addresses;
  }

  /// All of it in one; `own`: of the process that asks, if it is the server.
  [[nodiscard]] Health read(std::optional<Footprint> own = {}) const;
  [[nodiscard]] std::vector<Address> addresses() const {
    const std::scoped_lock lock(mutex_);
    return addresses_;
  }

 private:
  mutable std::mutex mutex_;
  Health health_;
  Writing writing_;
  std::vector<Address> addresses_;
};

}  // namespace ttq
