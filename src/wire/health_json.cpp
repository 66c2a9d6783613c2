#include "wire/health_json.h"

#include "wire/json_parts.h"

namespace ttq {
namespace {

Json json_of(const StoreFigures& figures) {
  const auto& oldest = figures.oldest_window;
  return {{"bytes", figures.bytes},
          {"oldest_window", oldest ? Json(print_time(*oldest)) : Json(nullptr)}};
}

Json json_of(const std::optional<Footprint>& footprint) {
  if (!footprint) return nullptr;
  const auto& resident = footprint->resident_bytes;
  return {{"cpu_seconds", std::chrono::duration<double>(footprint->cpu).count()},
          {"resident_bytes", resident ? Json(*resident) : Json(nullptr)}};
}

Json json_of_counts(const std::vector<std::pair<std::string, std::uint64_t>>& counts) {
  Json json = Json::object();
  for (const auto& [name, count] : counts) json[name] = count;
  return json;
}

}  // namespace

std::string health_to_json(std::string_view status, const Health& health,
                           const StoreFigures& figures, Time now) {
  const bool looked = health.last_tick != Time{};
  const auto& achieved = health.achieved_interval;
  return print_json(
      {{"status", status},
       {"now", print_time(now)},
       {"started", print_time(health.started)},
       {"last_tick", looked ? Json(print_time(health.last_tick)) : Json(nullptr)},
       {"last_tick_age_ms", looked ? Json((now - health.last_tick).count()) : Json(nullptr)},
       {"interval_ms", health.interval.count()},
       {"achieved_interval_ms", achieved ? Json(achieved->count()) : Json(nullptr)},
       {"probe", health.probe},
       {"probe_reason", text_or_null(health.probe_reason)},
       {"degradations", health.degradations},
       {"ticks", health.ticks},
       {"failed_ticks", health.failed_ticks},
       {"failed_flushes", health.failed_flushes},
       {"sockets", health.sockets},
       {"connections", health.connections},
       {"listeners", health.listeners},
       {"flows", health.flows},
       {"dropped_flows", health.dropped_flows},
       {"events_lost", health.lost_events},
       {"unknown_owners", health.unknown_owners},
       {"certificate_end",
        health.certificate_end ? Json(print_time(*health.certificate_end)) : Json(nullptr)},
       {"refused", json_of_counts(health.refused)},
       {"processes",
        {{"collector", json_of(health.collector)}, {"server", json_of(health.server)}}},
       {"store", json_of(figures)}});
}

}  // namespace ttq
