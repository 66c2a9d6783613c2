#include "lab/picture.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace ttq::lab {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string node_text(const json& node) {
  if (node.at("kind") == "address") return text_of(node.at("address"));
  return text_of(node.at("host")) + "/" + text_of(node.at("name")) + "/" + text_of(node.at("pgid"));
}

std::string listen_text(const json& listen) {
  const std::string address = text_of(listen.at("address"));
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + text_of(listen.at("port"));
}

json parse(const std::string& text) { return json::parse(text, nullptr, false); }

}  // namespace

std::string node(const Program& program) {
  return program.host() + "/" + program.comm() + "/" + std::to_string(program.pgid());
}

std::string arrow(std::string_view source, std::string_view target, std::string_view listen,
                  std::string_view proto) {
  std::string text(source);
  for (const std::string_view piece : {std::string_view(" -> "), target, std::string_view(" "),
                                       proto, std::string_view(" "), listen}) {
    text += piece;
  }
  return text;
}

std::string arrow(const Program& source, const Program& target, std::string_view listen,
                  std::string_view proto) {
  return arrow(node(source), node(target), listen, proto);
}

std::string lines(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  std::string all;
  for (const std::string& text : texts) all += text + '\n';
  return all;
}

std::string picture(const std::string& graph_json) {
  const json graph = parse(graph_json);
  if (!graph.is_object()) return graph_json;
  std::map<std::string, std::string> names;
  for (const json& node : graph.at("nodes")) names[text_of(node.at("id"))] = node_text(node);
  std::vector<std::string> arrows;
  for (const json& edge : graph.at("edges")) {
    arrows.push_back(arrow(names.at(text_of(edge.at("source"))),
                           names.at(text_of(edge.at("target"))), listen_text(edge.at("listen")),
                           text_of(edge.at("proto"))));
  }
  return lines(std::move(arrows));
}

std::string host_states(const std::string& graph_json) {
  const json graph = parse(graph_json);
  if (!graph.is_object()) return graph_json;
  std::vector<std::string> states;
  for (const json& host : graph.at("hosts")) {
    const json& name = host.at("name").is_string() ? host.at("name") : host.at("addresses").at(0);
    states.push_back(text_of(name) + " " + text_of(host.at("state")));
  }
  return lines(std::move(states));
}

std::string seen(const Host& from, const Argv& arguments, const std::string& expected) {
  Argv words = arguments;
  words.insert(words.end(), {"-o", "json"});
  return settled(
      10s, [&] { return picture(ask(from, words).out); }, expected);
}

void TwoHosts::watch(const Argv& options) {
  daemons.emplace_back(server, options);
  daemons.emplace_back(client, options);
}

std::string TwoHosts::around_server(const std::string& expected) const {
  return seen(client, {"show", server.address()}, expected);
}

}  // namespace ttq::lab
