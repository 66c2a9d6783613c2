#include "wire/json_parts.h"
#include "wire/report_json.h"

namespace ttq {
namespace {

Json json_of(const Host& host) {
  return {{"id", host.id},
          {"instance", host.instance},
          {"name", host.name},
          {"addresses", json_of(host.addresses)},
          {"version", host.version},
          {"probe", host.probe},
          {"probe_reason", text_or_null(host.probe_reason)},
          {"degradations", host.degradations},
          {"now", print_time(host.now)}};
}

Json json_of(const Process& process) {
  return {{"id", print_key(process.key)},       {"name", process.name},
          {"pgid", json_or_null(process.pgid)}, {"groups", process.groups},
          {"exe", json_or_null(process.exe)},   {"uid", json_or_null(process.uid)},
          {"unit", json_or_null(process.unit)}, {"container", json_or_null(process.container)}};
}

/// Adds `process` and `unknown_owner`, exactly one of which is null.
void put_owner(Json& json, const Owner& owner) {
  json["process"] = owner.process ? json_of(*owner.process) : Json(nullptr);
  json["unknown_owner"] = owner.unknown ? Json(print_unknown_owner(*owner.unknown)) : Json(nullptr);
}

Json json_of(const Listener& listener) {
  Json json{{"proto", print_protocol(listener.endpoint.proto)},
            {"address", listener.endpoint.address.print()},
            {"port", listener.endpoint.port},
            {"v6only", listener.v6only},
            {"netns", listener.netns}};
  put_owner(json, listener.owner);
  json["first_seen"] = print_time(listener.first_seen);
  json["last_seen"] = print_time(listener.last_seen);
  return json;
}

template <class T>
Json json_list(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(json_of(value));
  return list;
}

}  // namespace

std::string to_json(const HostReport& report) {
  return print_json({{"host", json_of(report.host)}, {"coverage", json_of(report.coverage)}});
}

std::string FlowReportWriter::begin(const FlowReport& report) {
  Json head{{"host", json_of(report.host)},
            {"since", print_time(report.span.since)},
            {"until", print_time(report.span.until)},
            {"coverage", json_of(report.coverage)}};
  if (report.recent) head["recent"] = json_of(*report.recent);
  if (report.listeners) {
    head["listeners"] = json_list(*report.listeners);
    head["listeners_next"] = json_or_null(report.listeners_next);
  }
  std::string text = print_value(head);
  text.pop_back();  // the brace, until end()
  return text + R"(,"flows":[)";
}

void FlowReportWriter::add(std::string& text, const Flow& flow) {
  if (!is_first_) text += ',';
  is_first_ = false;
  flows_.append(text, flow);
}

std::string FlowReportWriter::end(const std::optional<std::string>& next) {
  return R"(],"next":)" + print_value(json_or_null(next)) + "}\n";
}

std::string to_json(const FlowReport& report) {
  FlowReportWriter writer;
  std::string text = writer.begin(report);
  for (const Flow& flow : report.flows) writer.add(text, flow);
  return text + writer.end(report.next);
}

std::string to_json(const ListenerReport& report) {
  return print_json({{"host", json_of(report.host)},
                     {"since", print_time(report.span.since)},
                     {"until", print_time(report.span.until)},
                     {"listeners", json_list(report.listeners)},
                     {"next", json_or_null(report.next)}});
}

std::string error_to_json(std::string_view code, std::string_view message) {
  return print_json({{"error", {{"code", code}, {"message", message}}}});
}

}  // namespace ttq
