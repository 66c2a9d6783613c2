#include "render/words.h"

#include <algorithm>

#include "base/text.h"

namespace ttq {
namespace {

constexpr std::size_t short_id_length = 12;

}  // namespace

std::string print_pgid(const Process& process) {
  if (process.pgid) return "pgid=" + std::to_string(*process.pgid);
  return process.groups > 1 ? "pgid=many" : "pgid=?";
}

std::string print_service(const Endpoint& endpoint) {
  return print_endpoint(endpoint) + "/" + std::string(print_protocol(endpoint.proto));
}

std::string print_number(std::uint64_t number, const std::string& one, const std::string& several) {
  return std::to_string(number) + " " + (number == 1 ? one : several);
}

std::string print_bracketed(const Address& address) {
  return address.is_v4() ? address.print() : "[" + address.print() + "]";
}

std::string why_unknown(const Graph& graph, const Node& node) {
  if (node.host && graph.hosts[*node.host].state != HostState::ok) {
    return std::string(print_host_state(graph.hosts[*node.host].state));
  }
  if (node.owner.unknown) return std::string(print_unknown_owner(*node.owner.unknown));
  if (node.not_asked) return "not asked";
  return "not confirmed";
}

std::string name_host(const GraphHost& host) {
  const std::string address = host.addresses.empty() ? "" : host.addresses.front().print();
  const std::string other = address.empty() ? clean(host.id, short_id_length) : address;
  if (host.name.empty()) return other.empty() ? "unnamed host" : other;
  const bool ambiguous = host.has_namesake && !other.empty();
  return clean(host.name) + (ambiguous ? " (" + other + ")" : "");
}

}  // namespace ttq
