#include "api/health_status.h"

#include "model/spelling.h"

namespace ttq {
namespace {

constexpr Spellings<HealthStatus, 4> statuses{{
    {HealthStatus::starting, "starting"},
    {HealthStatus::ok, "ok"},
    {HealthStatus::degraded, "degraded"},
    {HealthStatus::stalled, "stalled"},
}};

/// A busy host may miss some looks; a machine that slept misses many, and catches up at once.
Duration patience(const Health& health) { return 5 * health.interval + std::chrono::seconds(10); }

}  // namespace

std::string_view print_health_status(HealthStatus status) { return spell(statuses, status); }

HealthStatus judge(const Health& health, Time now) {
  if (health.last_tick == Time{}) return HealthStatus::starting;
  if (now - health.last_tick > patience(health)) return HealthStatus::stalled;
  const bool sound = health.degradations.empty() && health.last_fault.empty();
  return sound ? HealthStatus::ok : HealthStatus::degraded;
}

bool is_alive(HealthStatus status) {
  return status == HealthStatus::ok || status == HealthStatus::degraded;
}

}  // namespace ttq
