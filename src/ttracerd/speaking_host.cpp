#include "ttracerd/speaking_host.h"

namespace ttq {

Time wall_clock() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

SpeakingHost::SpeakingHost(const Config& config, const HostFacts& facts,
                           const std::string& store_instance, const HealthBoard& board)
    : board_(board) {
  host_.instance = running_instance(store_instance, facts.boot_id);
  host_.id = config.host_id.value_or(facts.id.value_or(store_instance));
  host_.name = config.host_name.value_or(facts.name);
  host_.version = TTQ_VERSION;
}

Host SpeakingHost::now() const {
  const Health health = board_.read();
  Host host = host_;
  host.addresses = board_.addresses();
  host.probe = health.probe;
  host.probe_reason = health.probe_reason;
  host.degradations = health.degradations;
  host.now = wall_clock();
  return host;
}

}  // namespace ttq
