#include "render/summary.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/text.h"
#include "render/words.h"

namespace ttq {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_message_bytes = 1000;
constexpr std::size_t most_alike = 3;    // warnings, of one kind and host
constexpr std::size_t most_hosts = 50;   // with warnings of one kind
constexpr std::size_t most_names = 8;    // on one line
constexpr std::size_t most_watches = 6;  // lines

/// To the second; who reads "59m58s" does not miss the milliseconds.
std::string print_rounded(Duration length) {
  return print_duration(length >= 1s ? std::chrono::floor<std::chrono::seconds>(length) : length);
}

std::string print_warning(const Warning& warning) {
  const std::string host = clean(warning.host);
  const std::string message = clean(warning.message, max_message_bytes);
  const bool named = host.empty() || message.starts_with(host);
  return (named ? "" : host + ": ") + message + " (" + clean(warning.code) + ")";
}

bool was_watched_throughout(const Graph& graph) {
  return std::all_of(graph.hosts.begin(), graph.hosts.end(), [&](const GraphHost& host) {
    return is_watched_throughout(host.coverage, graph.query.span);
  });
}

std::string print_verdict(const Graph& graph, const Paint& paint) {
  if (graph.complete) {
    const bool throughout = was_watched_throughout(graph);
    return throughout ? "Complete: every end is explained.\n"
                      : "Complete for the time that was watched: every end is explained.\n";
  }
  const auto unknown = std::count_if(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    return node.kind == NodeKind::address;
  });
  const auto silent = std::count_if(graph.hosts.begin(), graph.hosts.end(),
                                    [](const GraphHost& h) { return h.state != HostState::ok; });
  std::string why;
  if (unknown > 0) {
    why += ": " + print_number(std::uint64_t(unknown), "end is", "ends are") + " not explained";
  }
  if (silent > 0) {
    why += (why.empty() ? ": " : ", ") + print_number(std::uint64_t(silent), "host", "hosts") +
           " gave no answer";
  }
  return paint(Ink::yellow, "Incomplete" + (why.empty() ? ": see the warnings" : why) + ".") + "\n";
}

std::string print_names(const std::vector<std::string>& names) {
  if (names.size() > most_names) return std::to_string(names.size()) + " hosts";
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
}

/// Least first. Hosts that were watched alike are on one line, and after some lines the others, who
/// were watched longer, are counted.
std::string print_watches(const Graph& graph) {
  const Span& asked = graph.query.span;
  std::map<std::pair<Duration, std::string>, std::vector<std::string>> alike;
  for (const GraphHost& host : graph.hosts) {
    if (host.state != HostState::ok) continue;
    Duration length = std::chrono::floor<std::chrono::seconds>(watched(host.coverage, asked));
    if (is_watched_throughout(host.coverage, asked)) length = asked.until - asked.since;
    alike[{length, print_watch(host, asked)}].push_back(name_host(host));
  }
  std::string printed;
  std::size_t lines = 0;
  std::size_t others = 0;
  for (const auto& [watch, names] : alike) {
    const bool shown = ++lines <= most_watches;
    if (shown) printed += "Watched " + watch.second + ": " + print_names(names) + "\n";
    if (!shown) others += names.size();
  }
  if (others == 0) return printed;
  return printed + "Watched longer: " + print_number(others, "host", "hosts") + "\n";
}

}  // namespace

std::string print_watch(const GraphHost& host, const Span& asked) {
  const Duration length = watched(host.coverage, asked);
  Duration slowest{0};
  std::uint64_t dropped = 0;
  std::uint64_t lost = 0;
  for (const Coverage& coverage : host.coverage) {
    if (!coverage.span.overlaps(asked)) continue;
    slowest = std::max(slowest, coverage.interval);
    dropped += coverage.dropped;
    lost += coverage.lost;
  }
  if (length == 0ms) return "none of it";
  std::string printed =
      is_watched_throughout(host.coverage, asked) ? "all of it" : print_rounded(length) + " of it";
  printed += ", looking every " + print_rounded(slowest);
  if (host.probe == "ebpf") printed += " beside events";
  if (dropped > 0) printed += ", " + print_number(dropped, "flow", "flows") + " lost";
  if (lost > 0) printed += ", " + print_number(lost, "event", "events") + " lost";
  return printed;
}

std::vector<std::string> print_warnings(const std::vector<Warning>& warnings,
                                        std::string_view but) {
  std::map<std::pair<std::string, std::string>, std::vector<const Warning*>> kinds;
  for (const Warning& warning : warnings) {
    if (warning.code != but) kinds[{warning.code, warning.host}].push_back(&warning);
  }
  std::vector<std::string> lines;
  std::map<std::string, std::size_t> hosts;  // by code
  for (const auto& [kind, alike] : kinds) {
    if (++hosts[kind.first] > most_hosts) continue;
    const std::size_t told = std::min(alike.size(), most_alike);
    for (std::size_t i = 0; i < told; ++i) lines.push_back(print_warning(*alike[i]));
    if (alike.size() == told) continue;
    lines.push_back(clean(kind.second) + ": and " + std::to_string(alike.size() - told) +
                    " more of this kind (" + clean(kind.first) + ")");
  }
  for (const auto& [code, number] : hosts) {
    if (number <= most_hosts) continue;
    lines.push_back("and " + std::to_string(number - most_hosts) + " hosts or addresses more (" +
                    clean(code) + "; -o json has all)");
  }
  return lines;
}

std::string print_summary(const Graph& graph, const Paint& paint) {
  std::string printed = print_verdict(graph, paint);
  // A gap in the coverage is in the lines below, for every host.
  for (const std::string& warning : print_warnings(graph.warnings, "coverage_gap")) {
    printed += paint(Ink::yellow, "  ! " + warning) + "\n";
  }
  const Span& asked = graph.query.span;
  printed += "Asked about " + print_rounded(asked.until - asked.since) + ": " +
             print_time(std::chrono::floor<std::chrono::seconds>(asked.since)) + " to " +
             print_time(std::chrono::floor<std::chrono::seconds>(asked.until)) + "\n";
  return printed + print_watches(graph);
}

}  // namespace ttq
