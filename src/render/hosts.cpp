#include "render/hosts.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "render/summary.h"
#include "render/words.h"

namespace ttq {
namespace {

constexpr std::size_t short_id_length = 12;
constexpr std::size_t max_message_bytes = 1000;

/// The last column is not padded, so it may be long.
using Row = std::array<std::string, 7>;

std::string print_addresses(const GraphHost& host) {
  std::string printed;
  for (const Address& address : host.addresses) {
    printed += (printed.empty() ? "" : ",") + address.print();
  }
  return printed;
}

std::string print_offset(const GraphHost& host) {
  if (host.state != HostState::ok) return "-";
  const auto length = std::chrono::abs(host.clock_offset);
  return (host.clock_offset < Duration(0) ? "-" : "+") + print_duration(length);
}

/// "watched 1h every 1s", and why it is not watched better.
std::string print_coverage(const Graph& graph, const GraphHost& host) {
  std::string watched = "watched " + print_watch(host, graph.query.span);
  if (host.probe_reason.empty()) return watched;
  return watched + "; no events: " + clean(host.probe_reason, max_message_bytes);
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

Row print_row(const Graph& graph, const GraphHost& host) {
  const bool ok = host.state == HostState::ok;
  return {or_dash(clean(host.name)),
          or_dash(clean(host.id, short_id_length)),
          or_dash(print_addresses(host)),
          std::string(print_host_state(host.state)),
          print_offset(host),
          or_dash(clean(host.probe)),
          ok ? print_coverage(graph, host) : or_dash(clean(host.message, max_message_bytes))};
}

/// Code points, which is what a terminal's columns are for all but the widest scripts.
std::size_t width(const std::string& text) {
  return std::size_t(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  }));
}

}  // namespace

std::string render_hosts(const Graph& graph) {
  std::vector<Row> rows;
  for (const GraphHost& host : graph.hosts) rows.push_back(print_row(graph, host));
  std::sort(rows.begin(), rows.end());
  rows.insert(rows.begin(), {"NAME", "ID", "ADDRESSES", "STATE", "CLOCK", "PROBE", "COVERAGE"});
  std::array<std::size_t, 7> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string printed;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      printed += row[i] + std::string(widths[i] - width(row[i]) + 2, ' ');
    }
    printed += row.back() + "\n";
  }
  return printed;
}

}  // namespace ttq
