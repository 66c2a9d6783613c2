#include "walk/caveats.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace ttq {
namespace {

std::string_view code_of(HostState state) {
  switch (state) {
    case HostState::ok:
      break;
    case HostState::unreachable:
      return "host_unreachable";
    case HostState::timeout:
      return "host_timeout";
    case HostState::denied:
      return "host_denied";
    case HostState::untrusted:
      return "host_untrusted";
    case HostState::budget:
      return "budget_exceeded";
  }
  return "";
}

std::string in_seconds(Duration length) {
  return print_duration(std::chrono::floor<std::chrono::seconds>(length));
}

Warning events_lost(const std::string& name, std::uint64_t lost) {
  return {
      "events_lost", name,
      name + " lost " + std::to_string(lost) + (lost == 1 ? " kernel event" : " kernel events") +
          ": its next look at the sockets found the TCP connections that still stood, but shorter "
          "ones, and UDP, may be missing"};
}

void caveats_of_coverage(const HostRecord& record, const Span& span, std::vector<Warning>& into) {
  const std::string& name = label(record);
  const auto& coverage = record.host.coverage;
  if (!is_watched_throughout(coverage, span)) {
    into.push_back({"coverage_gap", name,
                    name + " was watched for " + in_seconds(watched(coverage, span)) + " of " +
                        in_seconds(span.until - span.since)});
  }
  std::uint64_t dropped = 0;
  std::uint64_t lost = 0;
  for (const Coverage& one : coverage) {
    dropped += one.dropped;
    lost += one.lost;
  }
  if (dropped > 0) {
    into.push_back(
        {"flows_dropped", name, name + " had no room for " + std::to_string(dropped) + " flows"});
  }
  if (lost > 0) into.push_back(events_lost(name, lost));
}

void caveats_of(const HostRecord& record, const Span& span, std::vector<Warning>& into) {
  const std::string& name = label(record);
  if (record.host.state != HostState::ok) {
    into.push_back({std::string(code_of(record.host.state)), name, record.host.message});
    return;
  }
  caveats_of_coverage(record, span, into);
  for (const std::string& degradation : record.degradations) {
    into.push_back({"host_degraded", name, degradation});
  }
}

std::string list_of(const std::vector<const HostRecord*>& records) {
  std::string text;
  for (const HostRecord* record : records) {
    text += (text.empty() ? "" : ", ") + label(*record) + " (" + record->asked_at + ")";
  }
  return text;
}

/// Clones have an instance of their own. Whoever has that of another says so on purpose, or is
/// asked at an address of which he does not know.
bool any_of_one_instance(const std::vector<const HostRecord*>& records) {
  std::set<std::string> instances;
  for (const HostRecord* record : records) instances.insert(record->host.instance);
  return instances.size() < records.size();
}

void caveats_of_clones(const std::vector<HostRecord>& records, std::vector<Warning>& into) {
  std::map<std::string, std::vector<const HostRecord*>> by_id;
  for (const HostRecord& record : records) {
    if (!record.host.id.empty()) by_id[record.host.id].push_back(&record);
  }
  for (const auto& [id, twins] : by_id) {
    if (twins.size() < 2) continue;
    const std::string advice =
        any_of_one_instance(twins)
            ? "; they disagree about their addresses: one is forged, or behind a NAT"
            : "; give one another --host-id";
    into.push_back({"duplicate_host_id", label(*twins.front()),
                    "several hosts say that they are " + id + ": " + list_of(twins) + advice});
  }
}

void caveats_of_trust(const std::vector<HostRecord>& records, std::vector<Warning>& into) {
  for (const HostRecord& record : records) {
    for (const Address& address : record.taken_at_word) {
      into.push_back({"address_by_claim", label(record),
                      label(record) + " says that it has " + address.print() +
                          ", where nobody answers; it is taken at its word"});
    }
  }
}

void caveats_of_claims(const std::vector<HostRecord>& records, std::vector<Warning>& into) {
  std::map<Address, std::vector<const HostRecord*>> claims;
  for (const HostRecord& record : records) {
    if (record.host.id.empty()) continue;
    for (const Address& address : claims_of(record.host)) {
      auto& claimants = claims[address];
      if (claimants.empty() || claimants.back() != &record) claimants.push_back(&record);
    }
  }
  for (const auto& [address, claimants] : claims) {
    if (claimants.size() < 2 || address.is_link_local()) continue;
    into.push_back(
        {"address_claimed_twice", label(*claimants.front()),
         "several hosts have the address " + address.print() + ": " + list_of(claimants)});
  }
}

/// "10.0.0.11 to 10.0.0.10:80"
std::string way(const Joint& joint) {
  return joint.client.print() + " to " + print_endpoint(joint.listen);
}

bool came_to_nothing(const Connections& counts) {
  return counts.failed > 0 && counts.opened + counts.now + counts.max == 0;
}

/// REQUIRES: nobody may be asked there, or the walk did not come to it.
Warning not_asked(const Address& at, const WalkLimits& limits) {
  const std::string address = at.print();
  const auto obstacle = limits.obstacle(at);
  if (!obstacle)
    return {"budget_exceeded", address, address + " was not asked: the walk had ended"};
  switch (*obstacle) {
    case NotAsked::relative:
      return {"not_confirmed", address,
              address + " cannot be asked: it means another host to each"};
    case NotAsked::forbidden:
      return {"not_allowed", address,
              address + " was not asked: a cloud's metadata service is there, or may be"};
    case NotAsked::outside:
      break;
  }
  return {"not_allowed", address,
          address + " was not asked: it is in no network that may be asked (--allow)"};
}

Warning not_confirmed(const Joint& joint, const End& end, const std::vector<HostRecord>& records) {
  const HostRecord& record = records[*end.host];
  const bool upward = !joint.seen_by_source;
  if (!upward && came_to_nothing(joint.connections)) {
    return {"not_confirmed", label(record),
            label(record) + " listens to nothing at " + print_endpoint(joint.listen) +
                ", and no attempt from " + joint.client.print() + " came through"};
  }
  const std::string what = upward ? " has no process with connections from "
                                  : " accepts nothing and listens to nothing from ";
  const std::string polled =
      record.host.probe == "ebpf" ? "" : ", or they were too short for its polling";
  return {"not_confirmed", label(record),
          label(record) + what + way(joint) + ": a NAT, load balancer or proxy may be between" +
              polled};
}

}  // namespace

std::vector<Warning> caveats_of_hosts(const std::vector<HostRecord>& records, const Span& span) {
  std::vector<Warning> warnings;
  for (const HostRecord& record : records) caveats_of(record, span, warnings);
  caveats_of_clones(records, warnings);
  caveats_of_trust(records, warnings);
  caveats_of_claims(records, warnings);
  return warnings;
}

/// Where ended connections were set aside that are most likely the source's own.
std::optional<Warning> presumed_remains(const Joint& joint,
                                        const std::vector<HostRecord>& records) {
  if (!joint.source.owner.process) return std::nullopt;
  const HostRecord& record = records[*joint.source.host];
  const ToldFlow* aside = record.testimony.set_aside(Role::active, joint.listen, joint.client);
  if (aside == nullptr) return std::nullopt;
  const auto count = std::max<std::uint64_t>(aside->connections.opened, 1);
  return Warning{"remains_presumed", label(record),
                 std::to_string(count) + (count == 1 ? " connection" : " connections") +
                     " more of " + way(joint) + " had ended before their process was seen on " +
                     label(record) + "; only " + joint.source.owner.process->name +
                     " is known to connect there, and they are not counted"};
}

std::vector<Warning> caveats_of_joints(const std::vector<const Joint*>& joints,
                                       const std::vector<HostRecord>& records,
                                       const WalkLimits& limits) {
  std::vector<Warning> warnings;
  for (const Joint* one : joints) {
    const Joint& joint = *one;
    if (auto presumed = presumed_remains(joint, records)) warnings.push_back(std::move(*presumed));
    for (const End* end : {&joint.source, &joint.target}) {
      if (end->owner.process) continue;
      if (end->owner.unknown) {
        const std::string& name = label(records[*end->host]);
        const std::string reason(print_unknown_owner(*end->owner.unknown));
        warnings.push_back(
            {"owner_unknown", name,
             name + " cannot name the process at its end of " + way(joint) + ": " + reason});
      } else if (!end->host) {
        warnings.push_back(not_asked(end->address, limits));
      } else if (records[*end->host].host.state == HostState::ok) {
        warnings.push_back(not_confirmed(joint, *end, records));
      }
    }
  }
  return warnings;
}

/// It asks who has sent what it receives: the kernel tells events of no other.
bool knows_senders(const HostRecord& record, const ProcessKey& process, const Endpoint& endpoint) {
  const auto flows = record.testimony.of(process, Role::passive);
  return std::any_of(flows.begin(), flows.end(), [&](const ToldFlow* flow) {
    return flow->key.listen.proto == Protocol::udp && flow->key.listen.port == endpoint.port;
  });
}

std::optional<Warning> caveat_of_senders(const HostRecord& record, const ProcessKey& process,
                                         std::optional<std::uint16_t> port) {
  if (record.host.probe.empty()) return std::nullopt;  // it never said how it looks
  for (const ToldListener* one : record.testimony.listeners_of(process)) {
    const ToldListener& listener = *one;
    const auto& owner = listener.owner->process;
    if (listener.endpoint.proto != Protocol::udp || !owner) continue;
    if (port && listener.endpoint.port != *port) continue;
    const bool told = record.host.probe != "netlink" && record.host.probe != "procfs";
    if (told && knows_senders(record, process, listener.endpoint)) continue;
    const std::string& name = label(record);
    const std::string who =
        told ? "nobody was seen sending UDP to port " + std::to_string(listener.endpoint.port) +
                   " of " + owner->name + " on " + name +
                   ", which cannot be seen if it does not ask who has sent"
             : "who only sends UDP to " + owner->name + " cannot be seen on " + name;
    return Warning{"udp_senders_unknown", name,
                   who + ": a host that does not answer, or was not asked, may depend on it"};
  }
  return std::nullopt;
}

bool makes_incomplete(const Warning& warning) {
  constexpr std::array<std::string_view, 7> harmless{
      "coverage_gap",          "host_degraded", "events_lost",     "address_by_claim",
      "address_claimed_twice", "nothing_found", "remains_presumed"};
  return std::find(harmless.begin(), harmless.end(), warning.code) == harmless.end();
}

}  // namespace ttq
