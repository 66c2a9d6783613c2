#include "ttq/flow.h"

#include <algorithm>
#include <cassert>

#include "model/spelling.h"

namespace ttq {
namespace {

constexpr Spellings<Role, 2> roles{{{Role::active, "active"}, {Role::passive, "passive"}}};

constexpr Spellings<Evidence, 5> evidences{{
    {Evidence::event, "event"},
    {Evidence::handshake, "handshake"},
    {Evidence::listener, "listener"},
    {Evidence::peer, "peer"},
    {Evidence::port, "port"},
}};

}  // namespace

std::string_view print_role(Role role) { return spell(roles, role); }
std::optional<Role> parse_role(std::string_view text) { return unspell(roles, text); }
std::string_view print_evidence(Evidence evidence) { return spell(evidences, evidence); }
std::optional<Evidence> parse_evidence(std::string_view text) { return unspell(evidences, text); }

void add(std::optional<Traffic>& sum, const std::optional<Traffic>& more) {
  if (!more) return;
  if (!sum) sum.emplace();
  sum->attempts += more->attempts;
  sum->bytes_sent += more->bytes_sent;
  sum->bytes_received += more->bytes_received;
  sum->retransmits += more->retransmits;
  sum->rtt_us_sum += more->rtt_us_sum;
  sum->rtt_count += more->rtt_count;
}

void absorb(Flow& flow, const Flow& later) {
  assert(flow.key == later.key);
  Connections& sum = flow.connections;
  const Connections& more = later.connections;
  sum.now = more.now;
  sum.pending = more.pending;
  sum.max = std::max(sum.max, more.max);
  sum.opened += more.opened;
  sum.closed += more.closed;
  sum.failed += more.failed;
  add(flow.traffic, later.traffic);
  flow.owner = later.owner;  // the same process, by its latest name
  flow.last_seen = std::max(flow.last_seen, later.last_seen);
  flow.evidence = std::min(flow.evidence, later.evidence);
}

}  // namespace ttq

std::size_t std::hash<ttq::FlowKey>::operator()(const ttq::FlowKey& key) const noexcept {
  constexpr std::size_t golden = 0x9E3779B97F4A7C15ULL;
  std::size_t mixed = std::hash<ttq::Endpoint>{}(key.listen);
  mixed = mixed * golden + std::hash<ttq::Address>{}(key.client);
  mixed = mixed * golden + static_cast<std::size_t>(key.role);
  mixed = mixed * golden + key.netns;
  mixed = mixed * golden + static_cast<std::size_t>(key.process.pid);
  mixed = mixed * golden + static_cast<std::size_t>(key.process.pgid);
  return mixed * golden + key.process.mark;
}
