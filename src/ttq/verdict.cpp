#include "ttq/verdict.h"

#include <algorithm>
#include <cassert>

#include "base/text.h"
#include "render/summary.h"
#include "render/words.h"

namespace ttq {
namespace {

constexpr std::size_t max_message_bytes = 1000;

/// Of a graph in which the target told nothing.
Verdict judge_silence(const Graph& graph) {
  const bool answered = !graph.hosts.empty() && graph.hosts.front().state == HostState::untrusted;
  return answered ? Verdict::untrusted : Verdict::error;
}

bool target_answered(const Graph& graph) {
  return !graph.hosts.empty() && graph.hosts.front().state == HostState::ok;
}

/// ssh knows the port.
bool is_by_command(const PeerAddress& address) {
  return address.unix_path.empty() && address.port == 0;
}

std::string print_where(const Target& target) {
  if (!target.address.unix_path.empty()) {
    return "the daemon of this host at " + clean(target.address.unix_path, max_message_bytes);
  }
  const bool bare_v6 = target.address.host.find(':') != std::string::npos;
  std::string host = clean(target.address.host);
  if (is_by_command(target.address)) return host;
  return (bare_v6 ? "[" + host + "]" : host) + ":" + std::to_string(target.address.port);
}

bool is_loopback(const std::string& host) {
  const auto address = Address::parse(host);
  return host == "localhost" || (address && address->is_loopback());
}

std::string advice_on_ssh(HostState state, const std::string& host) {
  if (state == HostState::untrusted) return "is it the host that your known_hosts say it is?";
  return "does `ssh " + clean(host) + " ttq stdio` work, without being asked for anything?";
}

std::string advice(HostState state, const PeerAddress& asked) {
  const bool is_of_ssh = state == HostState::unreachable || state == HostState::denied ||
                         state == HostState::untrusted;
  if (is_by_command(asked) && is_of_ssh) return advice_on_ssh(state, asked.host);
  const bool local = !asked.unix_path.empty();
  switch (state) {
    case HostState::unreachable:
      if (is_loopback(asked.host)) return "to ask the daemon of this host, leave the host out";
      return local ? "is ttracerd running? (else name a TARGET)"
                   : "is ttracerd running there, and does it listen on that address and port?";
    case HostState::timeout:
      return "try again with a longer --host-timeout or --timeout";
    case HostState::denied:
      return local ? "ask as root, or as a member of the group of that socket"
                   : "show it a certificate or a token (ttq-pki(1)), or ask with --via ssh";
    case HostState::untrusted:
      return "is it a ttracerd of your fleet, and its certificate for that name? (--peer-port, "
             "--tls)";
    case HostState::budget:
      return "the walk ended before it was asked";
    case HostState::ok:
      break;
  }
  assert(state != HostState::ok);
  return "";
}

/// What the start processes lack; "it" or "they" goes before.
std::string print_missing(Direction direction) {
  switch (direction) {
    case Direction::deps:
      return " not seen to connect to anything";
    case Direction::impact:
      return " not seen to be connected to by anything";
    case Direction::both:
      break;
  }
  return " not seen to have any connection";
}

std::string print_lonely(const Graph& graph) {
  const auto starts = std::count_if(graph.nodes.begin(), graph.nodes.end(),
                                    [](const Node& node) { return node.start; });
  const std::string on = " on " + name_host(graph.hosts.front());
  if (starts == 0) return "no process" + on + " is what was asked for";
  const std::string missing = print_missing(graph.query.direction);
  if (starts == 1) return "the process" + on + " was" + missing;
  return "the " + std::to_string(starts) + " processes" + on + " were" + missing;
}

}  // namespace

bool is_failure(Verdict verdict) {
  return verdict == Verdict::error || verdict == Verdict::untrusted;
}

Verdict judge(const Graph& graph) {
  if (graph.edges.empty()) {
    return target_answered(graph) ? Verdict::nothing_found : judge_silence(graph);
  }
  return graph.complete && target_answered(graph) ? Verdict::complete : Verdict::incomplete;
}

Verdict judge_hosts(const Graph& graph) {
  if (!target_answered(graph)) return judge_silence(graph);
  const bool all = std::all_of(graph.hosts.begin(), graph.hosts.end(),
                               [](const GraphHost& host) { return host.state == HostState::ok; });
  // Who is outside of the networks that may be asked is not among the hosts.
  const bool everywhere =
      std::none_of(graph.warnings.begin(), graph.warnings.end(),
                   [](const Warning& warning) { return warning.code == "not_allowed"; });
  return all && everywhere ? Verdict::complete : Verdict::incomplete;
}

std::string explain_error(const Graph& graph, const Target& target) {
  const HostState state = graph.hosts.empty() ? HostState::budget : graph.hosts.front().state;
  const std::string message =
      graph.hosts.empty() ? "" : clean(graph.hosts.front().message, max_message_bytes);
  return "cannot ask " + print_where(target) + ": " +
         (message.empty() ? std::string(print_host_state(state)) : message) + "; " +
         advice(state, target.address);
}

std::string explain_nothing(const Graph& graph) {
  for (const Warning& warning : graph.warnings) {
    if (warning.code == "nothing_found") {
      return "nothing found: " + clean(warning.message, max_message_bytes);
    }
  }
  return "nothing found: " + print_lonely(graph) + " (watched " +
         print_watch(graph.hosts.front(), graph.query.span) + ")";
}

}  // namespace ttq
