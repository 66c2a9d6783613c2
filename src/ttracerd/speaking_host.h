// This host as it speaks of itself in every answer.
#pragma once

#include <string>

#include "ttq/host.h"
#include "ttracerd/config.h"
#include "ttracerd/health_board.h"
#include "ttracerd/host_facts.h"

namespace ttq {

Time wall_clock();

class SpeakingHost {
 public:
  /// `board` must outlive it.
  SpeakingHost(const Config& config, const HostFacts& facts, const std::string& store_instance,
               const HealthBoard& board);

  [[nodiscard]] Host now() const;
  [[nodiscard]] const std::string& name() const { return host_.name; }

 private:
  Host host_;  ///< all but what changes from answer to answer
  const HealthBoard& board_;
};

}  // namespace ttq
