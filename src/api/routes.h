// The questions that a host answers, without the HTTP: a path and parameters in, a status and a
// text out. No socket, no clock, no thread of its own; safe to call from several threads at once.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/parameters.h"
#include "api/refusal_book.h"
#include "api/request_target.h"
#include "api/response.h"
#include "api/standing.h"
#include "ttq/health.h"
#include "ttq/host.h"
#include "ttq/report.h"
#include "ttq/store.h"

namespace ttq {

/// What the daemon says of itself. Called from several threads at once.
struct Sources {
  std::function<Host()> host;
  std::function<Health()> health;
  std::function<Time()> clock;
};

class Routes {
 public:
  struct Route {
    std::string_view path;
    std::span<const Parameter> parameters;
    Response (Routes::*answer)(const Question& question, const Health& health) const;
    bool reads_store = false;       ///< which costs: only so many of these are answered at once
    bool is_for_strangers = false;  ///< it tells nothing of the host's processes and peers
    bool awaits_look = true;        ///< without one it would be wrong
  };

  /// `store` must outlive this.
  Routes(const Store& store, Sources sources);

  [[nodiscard]] Response get(const RequestTarget& target, Standing standing) const;

  /// By the host's clock.
  [[nodiscard]] Time now() const { return sources_.clock(); }

  [[nodiscard]] static bool reads_store(const RequestTarget& target);

  /// For whoever stands in front of this; told by /v1/health and /metrics.
  [[nodiscard]] RefusalBook& refusals() const { return refusals_; }

  /// Every route that there is.
  static std::span<const Route> table();

 private:
  [[nodiscard]] Response host(const Question& question, const Health& health) const;
  [[nodiscard]] Response flows(const Question& question, const Health& health) const;
  [[nodiscard]] Response listeners(const Question& question, const Health& health) const;
  [[nodiscard]] Response health(const Question& question, const Health& health) const;
  [[nodiscard]] Response metrics(const Question& question, const Health& health) const;
  [[nodiscard]] Response openapi(const Question& question, const Health& health) const;

  Result<void> add_sections(FlowReport& report, const Question& question) const;
  [[nodiscard]] Result<ListenerPage> fitting_listeners(const Span& span, std::size_t limit,
                                                       const std::optional<std::string>& cursor,
                                                       std::size_t bytes) const;
  [[nodiscard]] Host speaking_host(const Health& health) const;
  [[nodiscard]] Health whole_health(Health health) const;
  [[nodiscard]] Result<std::vector<Coverage>> coverage(const Span& span) const;

  const Store& store_;
  Sources sources_;
  mutable RefusalBook refusals_;  ///< safe from several threads
};

}  // namespace ttq
