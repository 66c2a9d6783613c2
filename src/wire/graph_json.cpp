#include "wire/graph_json.h"

#include "wire/json_parts.h"

namespace ttq {
namespace {

Json json_of(const Query& query) {
  return {{"target", query.target},
          {"direction", print_direction(query.direction)},
          {"depth", json_or_null(query.depth)},
          {"since", print_time(query.span.since)},
          {"until", print_time(query.span.until)}};
}

Json json_of(const Warning& warning) {
  return {
      {"code", warning.code}, {"host", text_or_null(warning.host)}, {"message", warning.message}};
}

Json json_of(const GraphHost& host) {
  return {{"id", text_or_null(host.id)},
          {"instance", text_or_null(host.instance)},
          {"name", text_or_null(host.name)},
          {"addresses", json_of(host.addresses)},
          {"state", print_host_state(host.state)},
          {"message", text_or_null(host.message)},
          {"probe", text_or_null(host.probe)},
          {"probe_reason", text_or_null(host.probe_reason)},
          {"clock_offset_ms", host.id.empty() ? Json(nullptr) : Json(host.clock_offset.count())},
          {"coverage", json_of(host.coverage)}};
}

Json json_of(const Endpoint& endpoint) {
  Json json{{"proto", print_protocol(endpoint.proto)}};
  json.update(json_of_place(endpoint));
  return json;
}

/// What is known of the process: all null where there is none.
void put_process(Json& json, const std::optional<Process>& process) {
  const Process none;
  const Process& one = process ? *process : none;
  json["name"] = process ? Json(one.name) : Json(nullptr);
  json["pgid"] = json_or_null(one.pgid);
  json["groups"] = process ? Json(one.groups) : Json(nullptr);
  json["exe"] = json_or_null(one.exe);
  json["uid"] = json_or_null(one.uid);
  json["unit"] = json_or_null(one.unit);
  json["container"] = json_or_null(one.container);
}

template <class T>
Json json_list(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(json_of(value));
  return list;
}

/// A host that never said its name goes by the first of its addresses.
Json name_of(const std::optional<std::size_t>& host, const std::vector<GraphHost>& hosts) {
  if (!host) return nullptr;
  const GraphHost& named = hosts[*host];
  if (!named.name.empty()) return named.name;
  return named.addresses.empty() ? Json(nullptr) : Json(named.addresses.front().print());
}

Json json_of(const Node& node, const Graph& graph) {
  const auto& unknown = node.owner.unknown;
  Json json{{"id", node.id},
            {"kind", node.kind == NodeKind::process ? "process" : "address"},
            {"host", name_of(node.host, graph.hosts)}};
  put_process(json, node.owner.process);
  json["address"] = node.address ? Json(node.address->print()) : Json(nullptr);
  json["unknown_owner"] = unknown ? Json(print_unknown_owner(*unknown)) : Json(nullptr);
  json["not_asked"] = node.not_asked ? Json(print_not_asked(*node.not_asked)) : Json(nullptr);
  json["listens"] = json_list(node.listens);
  json["start"] = node.start;
  return json;
}

Json seen_by(const Edge& edge) {
  Json sides = Json::array();
  if (edge.seen_by_source) sides.push_back("source");
  if (edge.seen_by_target) sides.push_back("target");
  return sides;
}

Json json_of(const Edge& edge, const Graph& graph) {
  Json json{
      {"source", graph.nodes[edge.source].id},      {"target", graph.nodes[edge.target].id},
      {"proto", print_protocol(edge.listen.proto)}, {"listen", json_of_place(edge.listen)},
      {"clients", json_of(edge.clients)},           {"connections", json_of(edge.connections)}};
  json.update(json_of_traffic(edge.traffic, !edge.traffic_mirrored));
  json.update({{"seen_by", seen_by(edge)},
               {"ambiguous", edge.ambiguous},
               {"evidence", print_evidence(edge.evidence)},
               {"first_seen", print_time(edge.first_seen)},
               {"last_seen", print_time(edge.last_seen)}});
  return json;
}

/// `,"name":[...]`, each element by itself: together they would be ten times their text in memory.
template <class T, class... Context>
void print_list(std::string& text, std::string_view name, const std::vector<T>& values,
                const Context&... context) {
  text += ",\"" + std::string(name) + "\":[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ',';
    text += print_json(json_of(values[i], context...));
    text.pop_back();  // the line's end
  }
  text += ']';
}

}  // namespace

std::string to_json(const Graph& graph) {
  std::string text = print_json(
      {{"schema_version", 1}, {"query", json_of(graph.query)}, {"complete", graph.complete}});
  text.resize(text.size() - 2);  // of the closing brace and the line's end
  print_list(text, "warnings", graph.warnings);
  print_list(text, "hosts", graph.hosts);
  print_list(text, "nodes", graph.nodes, graph);
  print_list(text, "edges", graph.edges, graph);
  return text + "}\n";
}

}  // namespace ttq
