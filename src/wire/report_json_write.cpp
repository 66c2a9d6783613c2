#include <cstdio>

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
          {"degradations", host.degradations},
          {"now", print_time(host.now)}};
}

/// "4656.4656.9f3c…": opaque to others, who need it only to tell one process from the next.
std::string print_key(const ProcessKey& key) {
  char mark[17];
  std::snprintf(mark, sizeof mark, "%llx", static_cast<unsigned long long>(key.mark));
  return std::to_string(key.pgid) + "." + std::to_string(key.pid) + "." + mark;
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

Json json_of(const Flow& flow) {
  Json json{{"proto", print_protocol(flow.key.listen.proto)},
            {"role", print_role(flow.key.role)},
            {"listen", json_of_place(flow.key.listen)},
            {"client", flow.key.client.print()},
            {"peer", flow.key.peer().print()},
            {"netns", flow.key.netns}};
  put_owner(json, flow.owner);
  json["connections"] = json_of(flow.connections);
  json["first_seen"] = print_time(flow.first_seen);
  json["last_seen"] = print_time(flow.last_seen);
  json["evidence"] = print_evidence(flow.evidence);
  return json;
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

std::string to_json(const FlowReport& report) {
  Json json{{"host", json_of(report.host)},
            {"since", print_time(report.span.since)},
            {"until", print_time(report.span.until)},
            {"coverage", json_of(report.coverage)}};
  if (report.recent) json["recent"] = json_of(*report.recent);
  if (report.listeners) json["listeners"] = json_list(*report.listeners);
  json["flows"] = json_list(report.flows);
  json["next"] = json_or_null(report.next);
  return print_json(json);
}

std::string to_json(const ListenerReport& report) {
  return print_json({{"host", json_of(report.host)},
                     {"since", print_time(report.span.since)},
                     {"until", print_time(report.span.until)},
                     {"listeners", json_list(report.listeners)}});
}

std::string error_to_json(std::string_view code, std::string_view message) {
  return print_json({{"error", {{"code", code}, {"message", message}}}});
}

}  // namespace ttq
