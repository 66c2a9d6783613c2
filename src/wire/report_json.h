// Reports as JSON text, the way they cross the network; field by field in ttq-report(7).
//
// What is written is for any program to read. What is read comes from a stranger: see json_value.h
// for the limits. A reader ignores fields that it does not know, and gives its default to one that
// an older host does not send yet; so v1 can grow on both sides.
#pragma once

#include <string>
#include <string_view>

#include "ttq/report.h"
#include "ttq/result.h"
#include "wire/flow_json.h"

namespace ttq {

std::string to_json(const HostReport& report);
std::string to_json(const FlowReport& report);
std::string to_json(const ListenerReport& report);

/// The same report of flows in pieces, for one that is too long to be held as a whole. What
/// begin(), add() and end() give, one after the other, is the text.
class FlowReportWriter {
 public:
  /// All that comes before the flows; those of `report`, and its `next`, are not looked at.
  static std::string begin(const FlowReport& report);
  void add(std::string& text, const Flow& flow);
  static std::string end(const std::optional<std::string>& next);

 private:
  FlowJson flows_;
  bool is_first_ = true;
};

/// {"error": {"code": "…", "message": "…"}}
std::string error_to_json(std::string_view code, std::string_view message);

// A Fault names the field: "flows[3].listen.port: not a whole number from 0 to 65535".

Result<HostReport> parse_host_report(std::string_view text);
Result<FlowReport> parse_flow_report(std::string_view text);
Result<ListenerReport> parse_listener_report(std::string_view text);

}  // namespace ttq
