#include "render/node_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "render/words.h"

namespace ttq {
namespace {

constexpr std::size_t short_container_length = 12;

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> plain_words{{
    {"unreachable", "host unreachable"},
    {"timeout", "host gave no answer in time"},
    {"denied", "host denied access"},
    {"untrusted", "host answered what is no report"},
    {"budget", "host not asked: a limit was reached"},
    {"not confirmed", "nobody there knows of it"},
    {"time_wait", "closed before its owner was read"},
    {"not_accepted", "no process has accepted it yet"},
    {"no_permission", "the daemon there may not see the owner"},
    {"exited", "its process had gone"},
    {"kernel", "held by no process"},
}};

std::string_view in_plain_words(NotAsked why) {
  switch (why) {
    case NotAsked::relative:
      return "its address means another host to each";
    case NotAsked::outside:
      return "not asked: in no network of --allow";
    case NotAsked::forbidden:
      return "not asked: no address for that";
  }
  return "";
}

std::string in_plain_words(const std::string& reason) {
  for (const auto& [word, plain] : plain_words) {
    if (word == reason) return std::string(plain);
  }
  return reason;
}

/// The name of the node's host, or an address where there is none.
std::string place(const Graph& graph, const Node& node) {
  const GraphHost* host = node.host ? &graph.hosts[*node.host] : nullptr;
  if (host && !host->name.empty()) {
    const std::string name = name_host(*host);
    return node.address ? name + " (" + node.address->print() + ")" : name;
  }
  if (node.address) return node.address->print();
  return host ? name_host(*host) : "unnamed host";
}

/// Of two programs with one name in one process group only the pid is different.
std::string print_pid(const Node& node) {
  const Process& process = *node.owner.process;
  const bool known = process.pgid && process.key.pid != 0;
  return node.has_namesake && known ? " pid=" + std::to_string(process.key.pid) : "";
}

}  // namespace

std::string print_node(const Graph& graph, const Node& node, const Paint& paint) {
  const std::string where = paint(Ink::cyan, place(graph, node)) + ": ";
  if (!node.owner.process) {
    const std::string why = node.not_asked ? std::string(in_plain_words(*node.not_asked))
                                           : in_plain_words(why_unknown(graph, node));
    return where + paint(Ink::yellow, "unknown (" + why + ")");
  }
  const Process& process = *node.owner.process;
  const std::string groups = process.pgid || process.groups < 2
                                 ? ""
                                 : " (" + std::to_string(process.groups) + " process groups)";
  return where + paint(Ink::bold, clean(process.name)) + " " + print_pgid(process) +
         print_pid(node) + groups;
}

std::string print_details(const Node& node) {
  std::string told;
  if (node.owner.process) {
    const Process& process = *node.owner.process;
    if (process.unit) told += ", " + clean(*process.unit);
    if (process.container) {
      told += ", container " + clean(*process.container, short_container_length);
    }
  }
  std::string separator = ", listens on ";
  for (const Endpoint& endpoint : node.listens) {
    told += separator + print_service(endpoint);
    separator = " ";
  }
  return told;
}

std::string sort_key(const Graph& graph, const Node& node) {
  const std::string where = place(graph, node) + '\0';
  if (!node.owner.process) return where + '\x7f';
  std::array<char, 16> pgid{};
  std::snprintf(pgid.data(), pgid.size(), "%011d", node.owner.process->pgid.value_or(0));
  return where + node.owner.process->name + '\0' + pgid.data();
}

}  // namespace ttq
