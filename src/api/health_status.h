// The daemon's health in one word.
#pragma once

#include <string_view>

#include "ttq/health.h"

namespace ttq {

enum class HealthStatus {
  starting,  ///< it has not looked yet
  ok,
  degraded,  ///< it looks, but cannot see all, or had a fault that is not overcome
  stalled,   ///< it has stopped looking
};

std::string_view print_health_status(HealthStatus status);

HealthStatus judge(const Health& health, Time now);

/// Whether its answers are about now.
bool is_alive(HealthStatus status);

}  // namespace ttq
