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
constexpr std::size_t most_alike = 3;  // warnings, of one kind and host
constexpr std::size_t most_names = 5;  // of hosts about which there is nothing special to tell
constexpr std::string_view watched_whole = "all of it";

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

std::string print_verdict(const Graph& graph, const Paint& paint) {
  if (graph.complete) return "Complete: every end is explained.\n";
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

/// A hundredth of the span may be missing at its ends: what was not yet flushed, and a window that
/// was cut.
bool is_whole(Duration watched, const Span& asked) {
  return watched >= (asked.until - asked.since) * 99 / 100;
}

std::string join(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
}

std::string print_watches(const Graph& graph) {
  std::map<std::string, std::vector<std::string>> hosts_by_watch;
  for (const GraphHost& host : graph.hosts) {
    if (host.state != HostState::ok) continue;
    hosts_by_watch[print_watch(host, graph.query.span)].push_back(name_host(graph, host));
  }
  std::string printed;
  for (const auto& [watch, names] : hosts_by_watch) {
    const bool summed_up = names.size() > most_names && watch.starts_with(watched_whole);
    const std::string who = summed_up ? std::to_string(names.size()) + " hosts" : join(names);
    printed += "Watched " + watch + ": " + who + "\n";
  }
  return printed;
}

}  // namespace

std::string print_watch(const GraphHost& host, const Span& asked) {
  Duration watched{0};
  Duration slowest{0};
  std::uint64_t dropped = 0;
  for (const Coverage& coverage : host.coverage) {
    const Span span = intersection(coverage.span, asked);
    if (span.empty()) continue;
    watched += span.until - span.since;
    slowest = std::max(slowest, coverage.interval);
    dropped += coverage.dropped;
  }
  if (watched == 0ms) return "none of it";
  std::string printed =
      is_whole(watched, asked) ? std::string(watched_whole) : print_rounded(watched) + " of it";
  printed += ", looking every " + print_rounded(slowest);
  if (dropped > 0) printed += ", " + print_number(dropped, "flow", "flows") + " lost";
  return printed;
}

std::vector<std::string> print_warnings(const std::vector<Warning>& warnings,
                                        std::string_view but) {
  std::map<std::pair<std::string, std::string>, std::vector<const Warning*>> kinds;
  for (const Warning& warning : warnings) {
    if (warning.code != but) kinds[{warning.code, warning.host}].push_back(&warning);
  }
  std::vector<std::string> lines;
  for (const auto& [kind, alike] : kinds) {
    const std::size_t told = std::min(alike.size(), most_alike);
    for (std::size_t i = 0; i < told; ++i) lines.push_back(print_warning(*alike[i]));
    if (alike.size() == told) continue;
    lines.push_back(clean(kind.second) + ": and " + std::to_string(alike.size() - told) +
                    " more of this kind (" + clean(kind.first) + ")");
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
