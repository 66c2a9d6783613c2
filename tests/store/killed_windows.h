// What the program that is killed writes, and what must be found afterwards.
#pragma once

#include "store/records.h"

namespace ttq::test {

inline constexpr int killed_clients = 20;

inline Keeping killed_keeping(bool fold) {
  return Keeping{.full_resolution = fold ? std::chrono::hours(1) : std::chrono::hours(100'000),
                 .retention = std::chrono::hours(200'000)};
}

/// Window `n`, either at its last flush or before. Only `now` and `max` still change at the last.
inline WindowBatch killed_window(int n, bool last) {
  WindowBatch batch{.window = minute(n), .coverage = watched(minute(n))};
  const auto opened = static_cast<std::uint64_t>(n % 7 + 1);
  const std::uint64_t now = last ? 9 : 3;
  for (int client = 0; client < killed_clients; ++client) {
    const auto ip = "10.0.0." + std::to_string(client);
    batch.flows.push_back(flow(ip, minute(n), {now, now, opened, 0, 0, 0}));
  }
  return batch;
}

}  // namespace ttq::test
