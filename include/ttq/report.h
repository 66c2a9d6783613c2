// Reports: what one host answers. Their JSON is in wire/report_json.h, field by field in
// ttq-report(7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ttq/coverage.h"
#include "ttq/flow.h"
#include "ttq/host.h"
#include "ttq/listener.h"

namespace ttq {

/// GET /v1/host
struct HostReport {
  Host host;
  std::vector<Coverage> coverage;  ///< the last hour
};

/// GET /v1/flows: one page
struct FlowReport {
  Host host;
  Span span;
  std::vector<Coverage> coverage;
  std::optional<std::vector<Coverage>> recent;     ///< the last hour; only where it was asked for
  std::optional<std::vector<Listener>> listeners;  ///< of the span; only where they were asked for
  std::optional<std::string> listeners_next;       ///< cursor of /v1/listeners for the others
  std::vector<Flow> flows;                         ///< one for each key, its windows added up
  std::optional<std::string> next;                 ///< cursor of the next page
};

/// GET /v1/listeners
struct ListenerReport {
  Host host;
  Span span;
  std::vector<Listener> listeners;
  std::optional<std::string> next;  ///< cursor of the next page
};

}  // namespace ttq
